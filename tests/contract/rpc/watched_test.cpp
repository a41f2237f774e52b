// What the port has in common with a gateway: acts of administration are told, and calls past their rates are not made.
#include <memory>
#include <mutex>
#include <vector>

#include "stage.h"

using namespace troupe;
using namespace troupe::rpc;

namespace {

// What was told.
struct Acts {
  std::mutex mutex;
  std::vector<gateway::AdminAct> all;
  bool ready = true;

  [[nodiscard]] std::size_t count() {
    const std::lock_guard lock(mutex);
    return all.size();
  }
};

gateway::Audit told_to(const std::shared_ptr<Acts>& acts) {
  return {.acted =
              [acts](gateway::AdminAct act) {
                const std::lock_guard lock(acts->mutex);
                acts->all.push_back(std::move(act));
              },
          .ready = [acts] { return acts->ready; }};
}

}  // namespace

TEST_CASE("acts of administration are told once, with who did what and what came of it") {
  const auto acts = std::make_shared<Acts>();
  Stage stage({.check_token = believe, .anonymous = true, .audit = told_to(acts)});
  Loop loop;
  Client client(loop, stage.server().port());
  const auto jotter = [&](const char* token) {
    return Client::service<jotter::Jotter>(client.as(token), "Jotter", "a", [](auto options) {
      options.setTraceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    });
  };

  CHECK(loop.failure(jotter("root:admin:jotters:burn").burnRequest().send()) == "");
  CHECK(loop.failure(jotter("root:admin").burnRequest().send()) != "");
  CHECK(loop.failure(jotter("root:admin:jotters:burn").readRequest().send()) == "");
  acts->ready = false;
  CHECK(contains(loop.failure(jotter("root:admin:jotters:burn").burnRequest().send()),
                 "unavailable: Jotter.burn is written down"));

  REQUIRE(acts->count() == 1);
  const auto& act = acts->all[0];
  CHECK(act.who.name == "root");
  CHECK(act.service == "Jotter");
  CHECK(act.method == "burn");
  CHECK(act.key == "a");
  CHECK(act.outcome == "ok");
  CHECK(act.status == 0);
  CHECK(act.trace_id == "0af7651916cd43dd8448eb211c80319c");
  CHECK(act.address == "127.0.0.1");
}

TEST_CASE("an audit that throws is a line of the log, and the call has its answer") {
  Stage stage(
      {.check_token = believe,
       .audit = {.acted = [](gateway::AdminAct) { throw std::runtime_error("the log is full"); }, .ready = {}}});
  Loop loop;
  Client client(loop, stage.server().port());

  auto burn = Client::service<jotter::Jotter>(client.as("root:admin:jotters:burn"), "Jotter", "a").burnRequest();

  CHECK(loop.failure(burn.send()) == "");
  CHECK(contains(stage.log(), "could not be written down: the log is full"));
}

TEST_CASE("calls past the rate of an address, a caller or a method are told when to try again") {
  Loop loop;
  const auto call = [&](Directory::Client from) {
    return loop.failure(Client::service<jotter::Jotter>(from, "Jotter", "a").readRequest().send());
  };
  {
    Stage stage({.rates = {.per_caller = {.per_minute = 2}}, .check_token = believe, .anonymous = true});
    Client client(loop, stage.server().port());
    CHECK(call(client.as("alice")) == "");
    CHECK(call(client.as("alice")) == "");
    const auto refused = call(client.as("alice"));
    CHECK(contains(refused, "overloaded: too many calls of this caller: 2 a minute"));
    CHECK(contains(refused, "[retry_after_ms="));
    CHECK(call(client.as("bob")) == "");
    CHECK(call(client.directory) == "");
  }
  {
    Stage stage({.rates = {.per_address = {.per_minute = 1}}, .check_token = believe, .anonymous = true});
    Client client(loop, stage.server().port());
    CHECK(call(client.as("alice")) == "");
    CHECK(contains(call(client.as("bob")), "too many calls of this address"));
  }
  Stage stage;
  Client client(loop, stage.server().port());
  const auto seldom = [&](Directory::Client from) {
    return loop.failure(Client::service<jotter::Clerk>(from, "Clerk", "").seldomRequest().send());
  };
  CHECK(seldom(client.as("alice")) == "");
  CHECK(seldom(client.as("alice")) == "");
  CHECK(contains(seldom(client.as("alice")), "too many calls of this route"));
  CHECK(seldom(client.as("bob")) == "");
}

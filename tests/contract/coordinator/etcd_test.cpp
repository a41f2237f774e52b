// What is of the back end in an etcd alone: cut off, paused, killed, compacted, full.
#include <signal.h>

#include <thread>

#include "contract/coordinator/etcd_stage.h"

namespace troupe::coordinator_test {

using testing::CutProxy;
using testing::EtcdServer;

namespace {

// An etcd behind a proxy.
struct Line final : Ground {
  EtcdServer server;
  CutProxy proxy{server.port()};
  std::unique_ptr<Coordinator> open() override { return open_from(words()); }
  std::vector<std::string> words() const override {
    return {"etcd", "line", "http://127.0.0.1:" + std::to_string(proxy.port())};
  }
  bool sessions_end_at_once() const override { return false; }
};

}  // namespace

TEST_CASE("an etcd that is cut off is unavailable in time, and goes on when it is back, its watches and sessions too") {
  Line line;
  const auto coordinator = line.open(), writer = open_from({"etcd", "line", line.server.url()});
  Losses losses;
  Listener listener;
  const auto session = coordinator->open_session("a", 30s, losses, kPatience).value();
  const auto watch = coordinator->watch("w/", put(*coordinator, "a", "1"), listener);
  (void)put(*writer, "w/1", "");
  REQUIRE(listener.hears(1));

  for (const auto way : {CutProxy::Way::refused, CutProxy::Way::stalled}) {
    line.proxy.set(way);
    const auto begin = std::chrono::steady_clock::now();
    const auto unread = coordinator->get("a", 300ms);
    const auto unwritten = coordinator->commit({.conditions = {}, .writes = {{"b", "1"}}}, 300ms);
    CHECK(std::chrono::steady_clock::now() - begin < 2s);
    REQUIRE_FALSE(unread);
    CHECK(unread.error().kind() == ErrorKind::unavailable);
    CHECK(says(unread.error().message(), "127.0.0.1:" + std::to_string(line.proxy.port())));
    REQUIRE_FALSE(unwritten);
    CHECK(unwritten.error().kind() ==
          (way == CutProxy::Way::refused ? ErrorKind::unavailable : ErrorKind::unknown_outcome));
    (void)put(*writer, "w/2", "");
    (void)erase(*writer, "w/2");
    line.proxy.set(CutProxy::Way::open);
    CHECK(coordinator->get("a", kPatience).value());
  }

  (void)put(*writer, "w/3", "");
  REQUIRE(listener.hears(6));
  const auto heard = listener.heard();
  CHECK(heard.size() == 6);
  for (std::size_t i = 1; i < heard.size(); ++i) CHECK(heard[i].version > heard[i - 1].version);
  CHECK(heard.back().key == "w/3");
  CHECK(listener.lost().empty());
  CHECK(session->alive());
}

TEST_CASE("a watch whose stream breaks anywhere misses nothing and repeats nothing") {
  Line line;
  const auto coordinator = line.open(), writer = open_from({"etcd", "line", line.server.url()});
  Listener listener;
  const auto watch = coordinator->watch("w/", put(*writer, "a", "1"), listener);
  Version last = 0;

  constexpr std::size_t kEach = 3;
  std::size_t written = 0;
  for (std::size_t bytes = 1; bytes < 4000; bytes += 130, written += kEach) {
    line.proxy.break_after(bytes);
    for (std::size_t i = 0; i < kEach; ++i)
      last = writer
                 ->commit({.conditions = {},
                           .writes = {{"w/left", std::to_string(written + i)}, {"w/right", std::string(200, 'v')}}},
                          kPatience)
                 .value()
                 .version;
    if (written % 4 == 0) REQUIRE(listener.hears(written));
  }

  REQUIRE(listener.hears(2 * written));
  const auto heard = listener.heard();
  REQUIRE(heard.size() == 2 * written);
  for (std::size_t i = 0; i < written; ++i) {
    CHECK(heard[2 * i].value == std::to_string(i));
    CHECK(heard[2 * i].version == heard[2 * i + 1].version);
  }
  CHECK(heard.back().version == last);
  for (const std::size_t call : listener.calls()) CHECK(call == 2);
}

TEST_CASE("an etcd that is killed and started again has all that it answered, and its watches go on") {
  EtcdServer server;
  const auto coordinator = open_from({"etcd", "kill", server.url()});
  Listener listener;
  const auto watch = coordinator->watch("w/", put(*coordinator, "a", "1"), listener);
  const Version before = put(*coordinator, "w/1", "");
  REQUIRE(listener.hears(1));

  server.kill();
  CHECK(coordinator->get("a", 200ms).error().kind() == ErrorKind::unavailable);
  CHECK(coordinator->commit({.conditions = {}, .writes = {{"a", "2"}}}, 200ms).error().kind() ==
        ErrorKind::unavailable);
  server.start();

  CHECK(coordinator->get("w/1", kPatience).value()->version == before);
  (void)put(*coordinator, "w/2", "");
  REQUIRE(listener.hears(2));
  CHECK(listener.heard()[1].key == "w/2");
  CHECK(listener.lost().empty());
}

TEST_CASE("an etcd that comes back with nothing is noticed: watches are lost") {
  EtcdServer server;
  const auto coordinator = open_from({"etcd", "wipe", server.url()});
  Listener listener;
  const auto watch = coordinator->watch("w/", put(*coordinator, "w/1", "1") - 1, listener);
  REQUIRE(listener.hears(1));

  server.kill();
  server.wipe();
  server.start();

  CHECK(listener.loses());
  CHECK(says(listener.lost(), "restored"));
}

TEST_CASE("a commit that an etcd does not answer is unknown in time, and a read is unavailable") {
  EtcdServer server;
  const auto coordinator = open_from({"etcd", "pause", server.url()});
  (void)put(*coordinator, "a", "1");

  server.freeze();
  const auto begin = std::chrono::steady_clock::now();
  const auto unknown = coordinator->commit({.conditions = {}, .writes = {{"a", "2"}}}, 300ms);
  const auto unread = coordinator->get("a", 300ms);
  const auto took = std::chrono::steady_clock::now() - begin;
  server.thaw();

  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().kind() == ErrorKind::unknown_outcome);
  CHECK(unknown.error().may_have_run());
  CHECK(says(unknown.error().message(), "read before trying again"));
  CHECK(unread.error().kind() == ErrorKind::unavailable);
  CHECK(took < 2s);
  const std::string value = value_of(*coordinator, "a");
  CHECK((value == "1" || value == "2"));
}

TEST_CASE("a session that cannot be renewed for its time to live is not alive and is lost, and stays so") {
  Line line;
  const auto coordinator = line.open();
  Losses losses;
  const auto session = coordinator->open_session("a", 2s, losses, kPatience).value();
  (void)put(*coordinator, "mine", "", session->id());
  const auto other = open_from({"etcd", "line", line.server.url()});

  line.proxy.set(CutProxy::Way::stalled);
  CHECK(losses.next() == session->id());
  CHECK_FALSE(session->alive());
  CHECK(says(losses.why(), "could not be renewed"));
  CHECK(eventually([&] { return !other->get("mine", kPatience).value(); }));
  line.proxy.set(CutProxy::Way::open);

  CHECK(coordinator->get("x", kPatience));
  CHECK_FALSE(session->alive());
}

TEST_CASE("a process that was stopped for longer than its session lives hears that it is lost") {
  Line line;
  const auto coordinator = line.open();
  Child child(line, {"member", "2000"});
  REQUIRE(child.says().starts_with("ready"));

  child.signal(SIGSTOP);
  CHECK(eventually([&] { return !coordinator->get("members/child", kPatience).value(); }));
  child.signal(SIGCONT);
  child.tell("alive?");
  CHECK(child.says() == "no");
  child.tell("lost?");
  CHECK(child.says() == "lost");
}

TEST_CASE("a session that somebody else ends is lost") {
  Line line;
  const auto coordinator = line.open();
  Losses losses;
  const auto session = coordinator->open_session("a", 2s, losses, kPatience).value();

  (void)raw(line.server, "/v3/lease/revoke", "{\"ID\":\"" + std::to_string(session->id()) + "\"}");

  CHECK(losses.next() == session->id());
  CHECK(says(losses.why(), "was ended"));
  CHECK_FALSE(session->alive());
}

TEST_CASE("a watch of what was compacted away is lost, and what lies behind is told whole") {
  EtcdServer server;
  const auto coordinator = open_from({"etcd", "compact", server.url()});
  const Version start = put(*coordinator, "w/1", "1");
  (void)put(*coordinator, "w/1", "2");
  const Version erased = erase(*coordinator, "w/1");
  (void)raw(server, "/v3/kv/compaction", "{\"revision\":\"" + std::to_string(erased) + "\",\"physical\":true}");
  Listener old, missing, rest;

  const auto first = coordinator->watch("w/", start, old);
  // Of the erasure itself nothing is left.
  const auto second = coordinator->watch("w/", erased - 1, missing);
  const auto third = coordinator->watch("w/", erased, rest);
  const Version next = put(*coordinator, "w/2", "");

  CHECK(old.loses());
  CHECK(says(old.lost(), "compacted"));
  CHECK(missing.loses());
  REQUIRE(rest.hears(1));
  CHECK(rest.heard()[0].version == next);
  CHECK(rest.lost().empty());
}

TEST_CASE("an etcd that is full says so and what to do") {
  EtcdServer server({.arguments = {"--quota-backend-bytes", "400000"}});
  const auto coordinator = open_from({"etcd", "full", server.url()});
  Result<Outcome> outcome(Outcome{});
  for (int i = 0; outcome && i < 100; ++i)
    outcome = coordinator->commit({.conditions = {}, .writes = {{"w/" + std::to_string(i), std::string(50'000, 'v')}}},
                                  kPatience);

  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().kind() == ErrorKind::overloaded);
  CHECK(says(outcome.error().message(), "etcdctl alarm disarm"));
  CHECK(coordinator->get("w/0", kPatience).value());
}

}  // namespace troupe::coordinator_test

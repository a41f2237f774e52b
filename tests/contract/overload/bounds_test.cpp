// What a node takes on, and what it says when that is all.
#include "stage.h"

using namespace troupe;
using namespace troupe::overload;

TEST_CASE("a node on which as many calls wait as may refuses the next at once, and serves those it took") {
  Stage stage([](NodeConfig& config) { config.overload.max_queued_calls = 100; });
  stage.hold_workers({"holding"});
  for (int i = 0; i < 100; ++i) stage.grind("mill-" + std::to_string(i));
  REQUIRE(stage.ends.ended() == 0);
  CHECK(stage.level("queuedCalls") == 100);

  const Error error = error_of([&] { return stage.mill("one-more").grind([](auto) {}).get(); });

  CHECK(error.kind() == ErrorKind::overloaded);
  CHECK_FALSE(error.may_have_run());
  CHECK(error.retry_after() > 0ms);
  CHECK(error.message().find("Mill/one-more") != std::string::npos);
  CHECK(stage.refused("nodeCalls") == 1);
  stage.gate.open = true;
  CHECK(eventually([&] { return stage.ends.done == 101; }));
  CHECK(eventually([&] { return stage.level("queuedCalls") == 0; }));
  CHECK(stage.level("queuedBytes") == 0);
}

TEST_CASE("a node whose waiting calls hold as many bytes as may refuses the next") {
  Stage stage([](NodeConfig& config) { config.overload.max_queued_bytes = 1'000'000; });
  stage.hold_workers({"holding"});
  int taken = 0;
  for (; stage.ends.overloaded == 0; ++taken) {
    REQUIRE(taken < 100);
    stage.grind("mill-" + std::to_string(taken), 100'000);
  }

  CHECK(taken > 5);
  CHECK(taken < 15);
  CHECK(stage.refused("nodeBytes") == 1);
  CHECK(stage.ends.no_hint == 0);
  stage.gate.open = true;
  CHECK(eventually([&] { return stage.level("queuedBytes") == 0; }));
}

TEST_CASE("what waits in a full mailbox is counted until it runs or its node stops") {
  Stage stage([](NodeConfig& config) { config.max_mailbox = 50; });
  stage.hold_workers({"a"});
  for (int i = 0; i < 60; ++i) stage.grind("a");

  CHECK(stage.ends.overloaded == 10);
  CHECK(stage.ends.no_hint == 0);
  CHECK(stage.level("queuedCalls") == 50);
  CHECK(stage.refused("mailbox") == 10);

  stage.gate.open = true;
  CHECK(eventually([&] { return stage.ends.ended() == 61; }));
  CHECK(stage.level("queuedCalls") == 0);
}

TEST_CASE("limits that make no sense are refused by name") {
  const auto refused = [](const std::function<void(OverloadPolicy&)>& change) {
    NodeConfig config{.name = "n"};
    change(config.overload);
    const Error error = error_of([&] { return Node(config).name(); });
    CHECK(error.kind() == ErrorKind::invalid);
    return error.message();
  };

  CHECK(refused([](auto& p) { p.max_queued_calls = 0; }).find("max_queued_calls") != std::string::npos);
  CHECK(refused([](auto& p) { p.max_queued_bytes = 0; }).find("max_queued_bytes") != std::string::npos);
  CHECK(refused([](auto& p) { p.max_link_calls = 0; }).find("max_link_calls") != std::string::npos);
  CHECK(refused([](auto& p) { p.max_link_bytes = 1; }).find("max_link_bytes") != std::string::npos);
  CHECK(refused([](auto& p) { p.target = 9ms; }).find("target") != std::string::npos);
  CHECK(refused([](auto& p) { p.interval = 50ms; }).find("interval") != std::string::npos);
}

TEST_CASE("an actor with 100,000 calls waiting holds others up for a run of its turns, and not for longer") {
  Stage stage([](NodeConfig& config) {
    config.max_mailbox = 200'000;
    config.overload.target = 0ms;
  });
  stage.hold_workers({"hot"});
  for (int i = 0; i < 100'000; ++i) stage.grind("hot");
  REQUIRE(stage.ends.ended() == 0);
  std::vector<std::future<Reply<Mill::GrindResults>>> others;
  for (int i = 0; i < 100; ++i) others.push_back(stage.mill("other-" + std::to_string(i)).grind([](auto) {}).future());

  stage.gate.open = true;

  // Turns of all mills, the other 99 among them, before each.
  for (auto& other : others) CHECK(other.get()->getBefore() <= 64 + 100);
  CHECK(eventually([&] { return stage.ends.done == 100'001; }));
}

TEST_CASE("an actor whose calls wait behind a turn of its own holds others up no longer") {
  // An exclusive turn that waits fills the actor's own queue, which is then worked off many turns to a mail.
  Stage stage([](NodeConfig& config) {
    config.max_mailbox = 200'000;
    config.overload.target = 0ms;
  });
  stage.hold_workers({"inner"});
  auto outer = stage.mill("hot").pass([](auto p) { p.setTo("inner"); }).future();
  for (int i = 0; i < 10'000; ++i) stage.grind("hot");
  std::vector<std::future<Reply<Mill::GrindResults>>> others;
  for (int i = 0; i < 100; ++i) others.push_back(stage.mill("other-" + std::to_string(i)).grind([](auto) {}).future());

  stage.gate.open = true;

  for (auto& other : others) CHECK(other.get()->getBefore() <= 2 * 64 + 110);
  outer.get();
  CHECK(eventually([&] { return stage.ends.done == 10'001; }));
}

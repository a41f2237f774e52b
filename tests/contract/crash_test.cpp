// A crash stays where it happened; restart, intensity, children.
#include <doctest/doctest.h>

#include "contract/distance.h"

using namespace troupe;
using namespace troupe::contract;

namespace {

Error crash(Distance& distance, const std::string& key, const char* ending = "crash") {
  return error_of(
      [&] { return distance.account(key).addThen([&](auto p) { p.setAmount(100), p.setEnding(ending); }).get(); });
}

}  // namespace

AT_EVERY_DISTANCE("a crash ends the call as failed, and the actor restarts from its last commit") {
  distance.add("a", 5);

  const Error error = crash(distance, "a");

  CHECK(error.kind() == ErrorKind::failed);
  CHECK(error.message().find("Account/a.addThen crashed: the test wants a crash") != std::string::npos);
  CHECK(distance.balance("a") == 5);
  distance.add("a", 1);
  CHECK(distance.balance("a") == 6);
}

AT_EVERY_DISTANCE("whatever a handler throws ends its turn and no more") {
  CHECK(crash(distance, "a", "throw").kind() == ErrorKind::failed);

  CHECK(distance.balance("a") == 0);
}

AT_EVERY_DISTANCE("a crash takes the memory of the activation with it, and nothing else's") {
  (void)distance.desk("d").count([](auto) {}).get();
  (void)distance.desk("e").count([](auto) {}).get();

  CHECK(error_of([&] { return distance.desk("d").crash().get(); }).kind() == ErrorKind::failed);

  CHECK(distance.desk("d").calls().get()->getCalls() == 0);
  CHECK(distance.desk("e").calls().get()->getCalls() == 1);
}

AT_EVERY_DISTANCE("a crash ends the turns that waited beside it") {
  auto waiting = distance.account("a").editBeside([](auto p) { p.setAmount(7), p.setLatch("l"); }).future();
  distance.wait_for_arrivals("l", 1);

  CHECK(error_of([&] { return distance.account("a").addThen([](auto p) { p.setEnding("crash"); }).get(); }).kind() !=
        ErrorKind::deadline);
  auto other = distance.desk("d").readOnlyHold([](auto p) { p.setLatch("m"); }).future();
  distance.wait_for_arrivals("m", 1);
  CHECK(error_of([&] { return distance.desk("d").crash().get(); }).kind() == ErrorKind::failed);

  const Error error = error_of([&] { return other.get(); });
  CHECK(error.kind() == ErrorKind::failed);
  CHECK(error.message().find("crashed in another turn") != std::string::npos);
  distance.open("l");
  (void)error_of([&]() -> int {
    (void)waiting.get();
    throw Error(ErrorKind::failed, "it committed");
  });
}

AT_EVERY_DISTANCE("a crash while an actor is activated ends the call as failed") {
  for (const char* key : {"doomed", "strange"}) {
    const Error error = error_of([&] { return distance.node().ref<Fragile>(key).touch().get(); });

    CHECK(error.kind() == ErrorKind::failed);
    CHECK(error.message().find("while it was activated") != std::string::npos);
  }
  (void)distance.node().ref<Fragile>("sound").touch().get();
}

AT_EVERY_DISTANCE("a child counts for its parent, and stops with its parent's crash") {
  auto hired = distance.desk("d").hire().get();
  CHECK(hired->getCalls() == 1);
  CHECK(text(hired->getChild()).starts_with("d/clerk"));
  CHECK(distance.desk("d").askChild().get()->getCalls() == 2);

  CHECK(error_of([&] { return distance.desk("d").crash().get(); }).kind() == ErrorKind::failed);

  CHECK(error_of([&] { return distance.desk("d").askChild().get(); }).code() == "no_child");
  CHECK(at_once(distance.desk("d").hire().get())->getCalls() == 1);
}

TEST_CASE("an actor that keeps crashing is quarantined, says so at once, and may try again after the cooldown") {
  Distance distance(Length::bytes, [](NodeConfig& config) {
    config.restart = {.restarts = 3, .window = 10s, .backoff = 1ms, .max_backoff = 2ms, .cooldown = 300ms};
  });
  distance.add("a", 5);
  for (int i = 0; i < 3; ++i) CHECK(crash(distance, "a").kind() == ErrorKind::failed);

  CHECK(crash(distance, "a").kind() == ErrorKind::failed);
  const Error error = crash(distance, "a");

  CHECK(error.kind() == ErrorKind::unavailable);
  CHECK_FALSE(error.may_have_run());
  for (const char* part : {"Account/a is quarantined from 20", "Z until 20", "it crashed 4 times within 10 s",
                           "last crash: addThen: the test wants a crash", "`troupe quarantine clear Account/a`"}) {
    INFO(part);
    CHECK(error.message().find(part) != std::string::npos);
  }
  distance.add("b", 1);  // others are not concerned
  CHECK(eventually([&] {
    try {
      return distance.balance("a") == 5;
    } catch (const Error&) {
      return false;
    }
  }));
}

TEST_CASE("an actor that crashes slowly for ever is quarantined too, also when it is passivated in between") {
  Distance distance(Length::pointer, [](NodeConfig& config) {
    config.idle_after = 1ms;
    config.restart = {.restarts = 2, .window = 1ms, .sustained = 3, .backoff = 0ms, .cooldown = 1h};
  });
  distance.add("a", 5);
  const auto put_away = [&] {
    return distance.node().admin("GET", "/actors/Account/a", "").second.find("\"dormant\"") != std::string::npos;
  };
  for (int i = 0; i < 3; ++i) {
    CHECK(crash(distance, "a").kind() == ErrorKind::failed);
    REQUIRE(eventually(put_away));
  }

  CHECK(crash(distance, "a").kind() == ErrorKind::failed);

  CHECK(crash(distance, "a").message().find("it crashed 4 times within 1 h, and 3 restarts are allowed") !=
        std::string::npos);
}

TEST_CASE("a quarantine that is cleared ends at once, and the crashes before it count no more") {
  Distance distance(Length::pointer, [](NodeConfig& config) {
    config.restart = {.restarts = 1, .window = 1h, .backoff = 0ms, .cooldown = 1h};
  });
  Node& node = distance.node();
  distance.add("a", 5);
  for (int i = 0; i < 2; ++i) (void)crash(distance, "a");
  REQUIRE(crash(distance, "a").kind() == ErrorKind::unavailable);
  CHECK(node.admin("GET", "/quarantine", "").second.find("\"actor\":\"Account/a\"") != std::string::npos);

  CHECK(node.admin("POST", "/quarantine/clear?actor=Account%2Fa", "").second == R"({"cleared":1})");

  CHECK(distance.balance("a") == 5);
  CHECK(crash(distance, "a").kind() == ErrorKind::failed);
  CHECK(distance.balance("a") == 5);  // one restart is allowed again
  CHECK(node.admin("POST", "/quarantine/clear?actor=Account%2Fa", "").second == R"({"cleared":0})");
}

TEST_CASE("calls that come while an actor backs off wait for its restart") {
  Distance distance(Length::pointer, [](NodeConfig& config) {
    config.restart = {.restarts = 10, .window = 10s, .backoff = 100ms, .max_backoff = 100ms, .cooldown = 30s};
  });
  (void)crash(distance, "a");
  (void)crash(distance, "a");
  const auto start = std::chrono::steady_clock::now();

  distance.add("a", 1);

  CHECK(std::chrono::steady_clock::now() - start > 50ms);
  CHECK(distance.balance("a") == 1);
}

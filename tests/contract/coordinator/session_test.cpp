// Sessions.
#include <signal.h>

#include "contract/coordinator/ground.h"

namespace troupe::coordinator_test {
namespace {

constexpr std::chrono::milliseconds kTtl{2000};

SessionId id_in(const std::string& ready) { return ready.starts_with("ready ") ? std::stoull(ready.substr(6)) : 0; }

bool is_gone(Coordinator& coordinator, const std::string& key) {
  return !coordinator.get(key, kPatience).value().has_value();
}

}  // namespace

AT_EVERY_COORDINATOR("a session's records go when it ends, and no others") {
  const auto coordinator = ground.open();
  Losses losses;
  auto session = coordinator->open_session("one", kTtl, losses, kPatience).value();
  const auto other = coordinator->open_session("other", kTtl, losses, kPatience).value();
  const Version start = put(*coordinator, "w/kept", "");
  (void)put(*coordinator, "w/1", "", session->id());
  (void)put(*coordinator, "w/2", "", session->id());
  (void)put(*coordinator, "w/other", "", other->id());
  (void)put(*coordinator, "w/freed", "", session->id());
  (void)put(*coordinator, "w/freed", "");
  Listener listener;
  const auto watch = coordinator->watch("w/", start, listener);
  CHECK(session->alive());

  session.reset();

  REQUIRE(listener.hears(7));
  const auto heard = listener.heard();
  CHECK_FALSE(heard[5].value);
  CHECK_FALSE(heard[6].value);
  CHECK(heard[5].version == heard[6].version);
  CHECK(is_gone(*coordinator, "w/1"));
  CHECK(is_gone(*coordinator, "w/2"));
  CHECK(coordinator->range("w/", kPatience).value().records.size() == 3);
  CHECK(losses.next(1ms) == 0);
}

AT_EVERY_COORDINATOR("the ids of sessions grow, and nothing is written for one that ended") {
  const auto coordinator = ground.open(), second = ground.open();
  Losses losses;
  auto first = coordinator->open_session("", kTtl, losses, kPatience).value();
  const auto next = second->open_session("", kTtl, losses, kPatience).value();
  const SessionId ended = first->id();
  CHECK(ended != 0);
  CHECK(next->id() > ended);

  first.reset();
  const auto third = coordinator->open_session("", kTtl, losses, kPatience).value();
  const auto refused = coordinator->commit({.conditions = {}, .writes = {{"a", "1", 0}, {"b", "1", ended}}}, kPatience);
  const auto unmet = coordinator->commit({.conditions = {{"a", 77}}, .writes = {{"b", "1", ended}}}, kPatience);

  CHECK(third->id() > next->id());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind() == ErrorKind::invalid);
  CHECK(refused.error().message().find("session " + std::to_string(ended)) != std::string::npos);
  CHECK_FALSE(unmet.value().applied);
  CHECK(is_gone(*coordinator, "a"));
}

AT_EVERY_COORDINATOR("a session wants a second at least, and takes any time above") {
  const auto coordinator = ground.open();
  Losses losses;
  const std::string name(256, 'n');

  for (const Milliseconds ttl :
       {Milliseconds(999ms), Milliseconds(0ms), Milliseconds(-1h), Milliseconds(std::chrono::hours::min())})
    CHECK(coordinator->open_session("a", ttl, losses, kPatience).error().kind() == ErrorKind::invalid);
  CHECK(coordinator->open_session(name + "n", 1s, losses, kPatience).error().kind() == ErrorKind::invalid);
  const auto longest = coordinator->open_session(name, std::chrono::hours::max(), losses, kPatience);
  const auto shortest = coordinator->open_session("a", 1s, losses, kPatience);

  CHECK(longest.value()->alive());
  CHECK(shortest.value()->alive());
}

AT_EVERY_COORDINATOR("a session lives on past its time to live while its process does") {
  const auto coordinator = ground.open();
  Losses losses;
  const auto session = coordinator->open_session("a", 1s, losses, kPatience).value();
  (void)put(*coordinator, "mine", "", session->id());

  CHECK(losses.next(ground.sessions_end_at_once() ? 200ms : 4500ms) == 0);
  CHECK(session->alive());
  CHECK_FALSE(is_gone(*coordinator, "mine"));
}

AT_EVERY_COORDINATOR("a session ends with its process, however that ends, and its records go") {
  const auto coordinator = ground.open();
  Child child(ground, {"member", std::to_string(kTtl.count())});
  REQUIRE(id_in(child.says()) != 0);
  REQUIRE_FALSE(is_gone(*coordinator, "members/child"));
  Listener listener;
  const auto watch = coordinator->watch("members/", coordinator->range("", kPatience).value().version, listener);

  const auto killed = std::chrono::steady_clock::now();
  child.kill();

  REQUIRE(listener.hears(1));
  const auto took = std::chrono::steady_clock::now() - killed;
  CHECK_FALSE(listener.heard()[0].value);
  if (ground.sessions_end_at_once()) CHECK(took < kTtl);
  CHECK(is_gone(*coordinator, "members/child"));
}

AT_EVERY_COORDINATOR("a forked child does not keep its parent's session alive") {
  const auto coordinator = ground.open();
  Child child(ground, {"member", std::to_string(kTtl.count()), "forks"});
  const std::string ready = child.says();
  REQUIRE(id_in(ready) != 0);
  const pid_t heir = std::stoi(ready.substr(ready.rfind(' ')));
  REQUIRE(heir > 0);

  child.kill();

  CHECK(eventually([&] { return is_gone(*coordinator, "members/child"); }));
  CHECK(::kill(heir, 0) == 0);
  ::kill(heir, SIGKILL);
}

}  // namespace troupe::coordinator_test

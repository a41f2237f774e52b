// Who gives up a call ends what runs for it: the turn at its next wait, the calls below it, wherever they are.
#include <doctest/doctest.h>

#include "contract/distance.h"
#include "contract/waiter.h"

using namespace troupe;
using namespace troupe::contract;

namespace {

Ref<Waiter> waiter(Distance& distance, const std::string& key) { return distance.node().ref<Waiter>(key); }

std::uint32_t begun(const Ref<Waiter>& waiter) { return waiter.counts().get()->getBegun(); }
std::uint32_t cut(const Ref<Waiter>& waiter) { return waiter.counts().get()->getCut(); }
std::uint32_t finished(const Ref<Waiter>& waiter) { return waiter.counts().get()->getFinished(); }

auto relay(const Ref<Waiter>& first, const std::vector<std::string>& rest) {
  return first.relay([&](auto p) {
    auto way = p.initWay(static_cast<unsigned>(rest.size()));
    for (unsigned i = 0; i < rest.size(); ++i) way.set(i, rest[i]);
  });
}

// It ends so when the latch named like the ending is opened.
auto call_then(const Ref<Waiter>& caller, const std::string& whom, const std::string& ending) {
  return caller.callThen([&](auto p) { p.setWhom(whom), p.setLatch(ending), p.setEnding(ending); }).future();
}

}  // namespace

AT_EVERY_DISTANCE("a call that is cancelled ends at once, and its turn at its next wait") {
  const auto a = waiter(distance, "a");
  auto call = a.wait();
  const auto canceller = call.canceller();
  auto ended = std::move(call).future();
  REQUIRE(eventually([&] { return begun(a) == 1; }));

  canceller.cancel();
  canceller.cancel();

  const Error error = error_of([&] { return ended.get(); });
  CHECK(error.kind() == ErrorKind::cancelled);
  CHECK(error.may_have_run());
  CHECK(error.message().find("Waiter/a.wait") != std::string::npos);
  CHECK(eventually([&] { return cut(a) == 1; }));
  CHECK(finished(a) == 0);
}

AT_EVERY_DISTANCE("cancellation reaches the calls below") {
  const std::vector<std::string> below = {"b", "c", "d"};
  auto call = relay(waiter(distance, "a"), below);
  REQUIRE(eventually([&] { return begun(waiter(distance, "d")) == 1; }));

  call.cancel();

  for (const char* key : {"a", "b", "c", "d"}) {
    CAPTURE(key);
    CHECK(eventually([&] { return cut(waiter(distance, key)) == 1; }));
  }
}

AT_EVERY_DISTANCE("a deadline ends the turn that runs for it, and the turns below") {
  auto a = waiter(distance, "a");
  a.timeout(150ms);

  const Error error = error_of([&] { return relay(a, {"b"}).get(); });

  CHECK(error.kind() == ErrorKind::deadline);
  CHECK(eventually([&] { return cut(waiter(distance, "a")) == begun(waiter(distance, "a")); }));
  CHECK(eventually([&] { return cut(waiter(distance, "b")) == begun(waiter(distance, "b")); }));
}

AT_EVERY_DISTANCE("who waits no longer in get() ends what runs for it") {
  const auto a = waiter(distance, "a");
  CHECK(error_of([&] { return a.wait().get(100ms); }).kind() == ErrorKind::deadline);

  CHECK(eventually([&] { return cut(a) == begun(a); }));
}

AT_EVERY_DISTANCE("a turn that fails gives up what it called and has not heard of") {
  for (const char* ending : {"refuse", "crash"}) {
    CAPTURE(ending);
    const std::string key = ending;
    auto outer = call_then(waiter(distance, "caller-" + key), key, ending);
    REQUIRE(eventually([&] { return begun(waiter(distance, key)) == 1; }));

    distance.open(key);

    (void)error_of([&] { return outer.get(); });
    CHECK(eventually([&] { return cut(waiter(distance, key)) == 1; }));
  }
}

AT_EVERY_DISTANCE("what a turn called and left alone goes on, and so does what it forgot and then failed") {
  for (const char* ending : {"return", "forget"}) {
    CAPTURE(ending);
    const std::string key = ending;
    distance.open(key);
    auto outer = call_then(waiter(distance, "caller-" + key), key, ending);
    outer.wait();
    REQUIRE(eventually([&] { return begun(waiter(distance, key)) == 1; }));

    (void)waiter(distance, key).letGo().get();

    CHECK(eventually([&] { return finished(waiter(distance, key)) == 1; }));
    CHECK(cut(waiter(distance, key)) == 0);
  }
}

AT_EVERY_DISTANCE("a turn may cancel a call of its own, and hears so") {
  auto answer = waiter(distance, "a").cancelOwn([](auto p) { p.setWhom("b"); }).get();

  CHECK(answer->getKind() == "cancelled");
  CHECK(eventually([&] { return cut(waiter(distance, "b")) == begun(waiter(distance, "b")); }));
}

AT_EVERY_DISTANCE("cancelled() tells a turn that holds its thread") {
  auto call = waiter(distance, "a").spin();
  // Its thread is held, so its actor cannot be asked: that it began is seen by what comes after.
  call.cancel();

  CHECK(eventually([&] {
    auto counts = waiter(distance, "a").counts().get();
    return counts->getNoticed() == counts->getBegun();
  }));
  auto late = waiter(distance, "b");
  late.timeout(100ms);
  (void)error_of([&] { return late.spin().get(); });  // what it throws then, or the deadline
  CHECK(eventually([&] {
    auto counts = waiter(distance, "b").counts().get();
    return counts->getNoticed() == counts->getBegun();
  }));
}

AT_EVERY_DISTANCE("a turn that is cut short keeps nothing, and its actor is free") {
  distance.add("a", 5);
  auto call = distance.account("a").addAround([](auto p) { p.setAmount(100), p.setLatch("l"); });
  auto edit = distance.account("b").editBeside([](auto p) { p.setAmount(100), p.setLatch("l"); });
  distance.wait_for_arrivals("l", 2);

  call.cancel();
  edit.cancel();
  distance.open("l");

  distance.add("a", 1);
  CHECK(eventually([&] { return distance.balance("a") == 6; }));
  CHECK(eventually([&] {  // the edit of the turn that was cut short keeps others from editing until it ends
    auto added = distance.account("b").add([](auto p) { p.setAmount(1); });
    return std::move(added).get()->getBalance() == 1;
  }));
}

AT_EVERY_DISTANCE("what is cancelled while it waits in a mailbox does not run") {
  auto first = distance.account("a").addAround([](auto p) { p.setAmount(1), p.setLatch("l"); }).future();
  distance.wait_for_arrivals("l", 1);
  auto call = distance.account("a").add([](auto p) { p.setAmount(100); });
  const auto canceller = call.canceller();
  auto waiting = std::move(call).future();

  canceller.cancel();
  distance.open("l");

  CHECK(error_of([&] { return waiting.get(); }).kind() == ErrorKind::cancelled);
  CHECK(first.get()->getBalance() == 1);
  distance.add("a", 1);
  CHECK(distance.balance("a") == 2);
}

TEST_CASE("what is known not to have run says so, also past its deadline") {
  Distance distance(Length::pointer);
  auto first = distance.account("a").addAround([](auto p) { p.setAmount(1), p.setLatch("l"); }).future();
  distance.wait_for_arrivals("l", 1);
  auto account = distance.account("a");
  account.timeout(60ms);
  auto cancelled = distance.account("a").add([](auto p) { p.setAmount(1); });
  const auto canceller = cancelled.canceller();
  auto ended = std::move(cancelled).future();
  auto late = account.add([](auto p) { p.setAmount(1); }).future();
  REQUIRE(eventually([&] {
    return distance.node().admin("GET", "/actors/Account/a", "").second.find("\"mailbox\":2") != std::string::npos;
  }));

  canceller.cancel();

  CHECK_FALSE(error_of([&] { return ended.get(); }).may_have_run());
  const Error error = error_of([&] { return late.get(); });
  CHECK(error.kind() == ErrorKind::deadline);
  CHECK_FALSE(error.may_have_run());
  distance.open("l");
  CHECK(first.get()->getBalance() == 1);
}

AT_EVERY_DISTANCE("a call below gets the lesser of its own timeout and what is left") {
  const auto left_ms = [&](std::chrono::milliseconds outer, std::uint32_t own) {
    auto a = waiter(distance, "a");
    a.timeout(outer);
    return a.timeLeft([&](auto p) { p.setWhom("b"), p.setSleepMs(50), p.setTimeoutMs(own); }).get(1min)->getLeftMs();
  };
  // Coarse clocks lag, and the wire rounds up: by less than this together.
  constexpr std::uint64_t kGrainMs = 10;

  CHECK(left_ms(30s, 0) <= 10'000);  // the node's default
  CHECK(left_ms(30s, 40'000) <= 30'000 - 50 + kGrainMs);
  CHECK(left_ms(30s, 5'000) <= 5'000);
  CHECK(left_ms(30s, 5'000) > 0);
}

TEST_CASE("a node that stops gives up what its callers called elsewhere") {
  testing::ScratchDirectory directory;
  const std::vector<Member> members = {{.name = "owner", .port = testing::free_port()},
                                       {.name = "caller", .port = testing::free_port(), .client = true}};
  const auto make = [&](const std::string& name) {
    auto node = std::make_unique<Node>(
        NodeConfig{.name = name, .data_dir = directory / name, .members = members, .threads = 2});
    host_cast(*node);
    node->start();
    return node;
  };
  auto owner = make("owner");
  auto caller = make("caller");
  REQUIRE(caller->wait_connected(10s));
  const auto seen = owner->ref<Waiter>("a");
  caller->ref<Waiter>("a").wait().forget();
  REQUIRE(eventually([&] { return begun(seen) == 1; }));

  (void)caller->stop(0ms);

  CHECK(eventually([&] { return cut(seen) == 1; }));
}

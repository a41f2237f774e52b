// A partition that closes and opens on a running node: its calls and turns.
#include "partition/partition.h"

#include <doctest/doctest.h>

#include <future>
#include <semaphore>

#include "reached_node.h"

using namespace troupe;
using namespace troupe::contract;
using namespace troupe::partition;

namespace {

std::int64_t add(const Ref<Account>& account, std::int64_t amount) {
  return account.add([&](auto p) { p.setAmount(amount); }).get()->getBalance();
}

void open_latch(Node& node, const std::string& key) { (void)node.ref<Latch>(key).open().get(); }

void await_arrivals(Node& node, const std::string& key, std::uint32_t count) {
  REQUIRE(eventually([&] { return node.ref<Latch>(key).arrived().get()->getCount() >= count; }));
}

template <class Future>
bool waits(Future& future) {
  return future.wait_for(30ms) == std::future_status::timeout;
}

}  // namespace

TEST_CASE("an actor whose partition closed and opened again is as it was, and a Ref from before reaches it") {
  const ReachedNode reached;
  const auto account = reached.node().ref<Account>("a");
  Partition& partition = reached.partition_of_actor<Account>("a");
  CHECK(partition.state() == State::leading);
  CHECK(partition.epoch() == kFirstEpoch);
  for (int round = 1; round <= 3; ++round) {
    CHECK(add(account, 5) == 5 * round);
    REQUIRE(partition.close(10s).ok());
    CHECK(partition.state() == State::closed);
    reopen(partition);
    CHECK(partition.state() == State::leading);
    CHECK(account.balance().get()->getBalance() == 5 * round);
  }
  CHECK(partition.epoch() == kFirstEpoch + 3);
}

TEST_CASE("a call to a partition that is closed waits until it opens, or its deadline passes") {
  const ReachedNode reached;
  auto account = reached.node().ref<Account>("a");
  Partition& partition = reached.partition_of_actor<Account>("a");
  CHECK(add(account, 1) == 1);
  REQUIRE(partition.close(10s).ok());

  auto known = account.add([](auto p) { p.setAmount(1); }).future();
  const std::string other = key_in<Account>(partition.id(), 1);  // of which nobody has heard so far
  auto unknown = reached.node().ref<Account>(other).add([](auto p) { p.setAmount(7); }).future();
  CHECK(waits(known));
  CHECK(waits(unknown));
  account.timeout(20ms);
  CHECK(error_of([&] { return add(account, 100); }).kind() == ErrorKind::deadline);
  CHECK(reached.node().ref<Account>("b").balance().get()->getBalance() == 0);  // of a partition that is open
  reopen(partition);

  CHECK(known.get()->getBalance() == 2);
  CHECK(unknown.get()->getBalance() == 7);
}

TEST_CASE("while a partition drains, its turns end and so do the calls that they make in it, and other calls wait") {
  const ReachedNode reached;
  Node& node = reached.node();
  Partition& partition = reached.partition(7);
  const std::string a = key_in<Account>(7, 0), b = key_in<Account>(7, 1);
  // The turn of b waits at the latch; behind it a call from outside, and then one that a's turn makes.
  auto first = node.ref<Account>(b).addAround([](auto p) { p.setAmount(1), p.setLatch("l"); }).future();
  await_arrivals(node, "l", 1);
  auto outside = node.ref<Account>(b).add([](auto p) { p.setAmount(10); }).future();
  auto inside = node.ref<Account>(a).transfer([&](auto p) { p.setAmount(100), p.setTo(b); }).future();
  CHECK(waits(inside));

  auto closed = std::async(std::launch::async, [&] { return partition.close(60s).ok(); });
  REQUIRE(eventually([&] { return partition.state() == State::draining; }));
  CHECK(waits(closed));
  open_latch(node, "l");

  CHECK(closed.get());
  CHECK(first.get()->getBalance() == 1);
  (void)inside.get();
  CHECK(waits(outside));
  reopen(partition);
  CHECK(outside.get()->getBalance() == 111);
}

TEST_CASE(
    "a turn that does not end while its partition drains keeps nothing, and its call runs when that is open again") {
  const ReachedNode reached;
  Node& node = reached.node();
  const auto account = node.ref<Account>("a");
  Partition& partition = reached.partition_of_actor<Account>("a");
  CHECK(add(account, 1) == 1);
  std::int64_t balance = 1;
  for (const auto drain : {20ms, 0ms, std::chrono::milliseconds::min()}) {
    const std::string latch = "opened later " + std::to_string(drain.count());
    auto around = account.addAround([&](auto p) { p.setAmount(10), p.setLatch(latch); }).future();
    await_arrivals(node, latch, 1);
    REQUIRE(partition.close(drain).ok());
    CHECK(around.wait_for(0s) == std::future_status::timeout);
    (void)node.ref<Latch>(latch).open().get();
    reopen(partition);
    CHECK(around.get()->getBalance() == (balance += 10));
    CHECK(account.balance().get()->getBalance() == balance);
  }
}

TEST_CASE("a turn that may not be repeated ends with its partition, and its caller is told") {
  const ReachedNode reached;
  Node& node = reached.node();
  const auto desk = node.ref<Desk>("d");
  Partition& partition = reached.partition_of_actor<Desk>("d");
  auto once = desk.count([](auto p) { p.setLatch("never opened"); }).future();
  await_arrivals(node, "never opened", 1);
  REQUIRE(partition.close(0ms).ok());
  const Error error = error_of([&] { return once.get(); });
  CHECK_MESSAGE(error.kind() == ErrorKind::unavailable, error.what());
  CHECK(std::string(error.what()).find("left this node") != std::string::npos);
  reopen(partition);
  CHECK(desk.calls().get()->getCalls() == 0);  // it is another one
}

namespace {

std::binary_semaphore may_return{0};
std::atomic<int> held{0};

class Holding final : public FragileActor {
  Task<> touch(TouchParams::Reader, TouchResults::Builder) override {
    ++held;
    may_return.acquire();
    co_return;
  }
};

}  // namespace

TEST_CASE("a partition whose turn holds a thread says so, stays draining, and closes when the turn has returned") {
  ReachedNode reached(NodeConfig{.threads = 2});
  reached.node().host<Holding>();
  reached.node().start();
  Partition& partition = reached.partition_of_actor<Fragile>("f");
  auto touched = reached.node().ref<Fragile>("f").touch().future();
  REQUIRE(eventually([] { return held == 1; }));

  const auto closed = partition.close(10ms);
  REQUIRE(!closed.ok());
  CHECK(closed.error().kind() == ErrorKind::unavailable);
  CHECK(std::string(closed.error().what()).find("Fragile/f.touch") != std::string::npos);
  CHECK(partition.state() == State::draining);
  CHECK(partition.open(partition.epoch() + 1).error().kind() == ErrorKind::invalid);
  may_return.release();

  CHECK(partition.close(10s).ok());
  CHECK(partition.state() == State::closed);
  reopen(partition);
  auto again = reached.node().ref<Fragile>("f").touch().future();
  may_return.release();
  (void)again.get();
}

TEST_CASE("what cannot be opened, closed or handed over says why, and stays as it is") {
  const ReachedNode reached;
  Partition& partition = reached.partition_of_actor<Account>("a");
  const auto says = [](const Result<void>& result, const std::string& what) {
    REQUIRE(!result.ok());
    CHECK(result.error().kind() == ErrorKind::invalid);
    CHECK_MESSAGE(std::string(result.error().what()).find(what) != std::string::npos, result.error().what());
  };
  says(partition.open(2), "it is leading");
  says(partition.hand_over(), "close it before");
  REQUIRE(partition.close(1s).ok());
  CHECK(partition.close(1s).ok());  // nothing more
  says(partition.open(0), "led it in epoch 1");
  says(partition.open(1), "led it in epoch 1");
  says(partition.open(kMaxEpoch + 1), "epochs end at");
  CHECK(partition.state() == State::closed);
  CHECK(partition.open(kMaxEpoch).ok());
  CHECK(add(reached.node().ref<Account>("a"), 3) == 3);

  CHECK(reached.parts().partitions().at(kAllPartitions - 1).ok());
  const auto none = reached.parts().partitions().at(kAllPartitions);
  REQUIRE(!none.ok());
  CHECK(none.error().kind() == ErrorKind::invalid);
}

TEST_CASE("a partition closes and opens on a node without a store") {
  ReachedNode reached(NodeConfig{.members = {}, .threads = 1});
  host_cast(reached.node());
  reached.node().start();
  const auto desk = reached.node().ref<Desk>("d");
  CHECK(desk.count([](auto) {}).get()->getCalls() == 1);
  Partition& partition = reached.partition_of_actor<Desk>("d");
  REQUIRE(partition.close(1s).ok());
  reopen(partition);
  CHECK(desk.count([](auto) {}).get()->getCalls() == 1);  // it kept nothing
}

TEST_CASE("a node stops while partitions of it are closed, and calls that wait in them end") {
  auto reached = std::make_unique<ReachedNode>();
  Partition& partition = reached->partition_of_actor<Account>("a");
  auto account = reached->node().ref<Account>("a");
  CHECK(add(account, 1) == 1);
  REQUIRE(partition.close(1s).ok());
  auto waiting = account.add([](auto p) { p.setAmount(1); }).future();
  CHECK(waits(waiting));
  CHECK(reached->node().stop(60s).complete);  // at once: it would wait for ever for that call
  CHECK(error_of([&] { return waiting.get(); }).kind() == ErrorKind::unavailable);
}

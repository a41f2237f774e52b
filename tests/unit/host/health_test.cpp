// A node whose disk does not answer: it finds out, says so, and gets well when the disk does.
#include <doctest/doctest.h>

#include <atomic>
#include <future>

#include "contract/distance.h"
#include "held_disk.h"

using namespace troupe;
using namespace troupe::contract;

TEST_CASE("a node whose commits do not end is unhealthy, tells its program once, and gets well with the disk") {
  testing::ScratchDirectory directory;
  std::atomic<int> told{0};
  Node node({.name = "solo",
             .data_dir = directory / "solo",
             .threads = 2,
             .watch = {.stuck_commits = 60ms},
             .on_unhealthy = [&](const Health& health) { told += health.faults.front().name == "commits_stuck"; }});
  host_cast(node);
  node.start();
  const auto account = node.ref<Account>("a");
  CHECK(account.add([](auto p) { p.setAmount(1); }).get()->getBalance() == 1);
  CHECK(node.health().good());
  for (int round = 0; round < 2; ++round) {
    testing::disk().hold();
    auto adding = account.add([](auto p) { p.setAmount(1); }).future();
    REQUIRE(testing::disk().wait_for_sync());

    CHECK(eventually([&] { return !node.health().good(); }));
    CHECK(node.health().faults.front().name == "commits_stuck");
    CHECK(node.admin("GET", "/health", "").second.find("\"healthy\":false") != std::string::npos);

    testing::disk().release();
    CHECK(adding.get()->getBalance() == round + 2);
    CHECK(eventually([&] { return node.health().good(); }));
  }
  CHECK(told == 1);
}

// Nothing had ended yet when the watchdog looked first.
TEST_CASE("the first commits of a node are not judged by how long the machine runs") {
  testing::ScratchDirectory directory;
  testing::disk().hold();
  std::atomic<int> told{0};
  Node node({.name = "solo",
             .data_dir = directory / "solo",
             .threads = 2,
             .watch = {.blocked_thread = 10ms, .stuck_commits = 30s},
             .on_unhealthy = [&](const Health&) { ++told; }});
  host_cast(node);
  node.start();
  auto adding = node.ref<Account>("a").add([](auto p) { p.setAmount(1); }).future();
  REQUIRE(testing::disk().wait_for_sync());

  CHECK(adding.wait_for(200ms) == std::future_status::timeout);  // several looks
  CHECK(node.health().good());
  testing::disk().release();
  CHECK(adding.get()->getBalance() == 1);
  CHECK(told == 0);
}

TEST_CASE("a call that waits for the disk past its deadline ends, and what waits behind it does not run") {
  testing::ScratchDirectory directory;
  Node node({.name = "solo", .data_dir = directory / "solo", .threads = 2});
  host_cast(node);
  node.start();
  auto account = node.ref<Account>("a");
  account.timeout(100ms);
  testing::disk().hold();
  auto first = node.ref<Account>("a").add([](auto p) { p.setAmount(1); }).future();
  REQUIRE(testing::disk().wait_for_sync());
  // This turn has seen what is not on disk, so its nested call waits for that; then it is late.
  auto second = account.addElsewhere([](auto p) { p.setAmount(10), p.setTo("b"), p.setLatch("l"); }).future();

  CHECK(error_of([&] { return second.get(); }).kind() == ErrorKind::deadline);
  testing::disk().release();

  CHECK(first.get()->getBalance() == 1);
  CHECK(node.ref<Account>("b").balance().get()->getBalance() == 0);
}

// Monitors and links across two processes, one of which is killed.
#include <doctest/doctest.h>

#include "contract/cast.h"
#include "contract/distance.h"
#include "contract/second_process.h"
#include "contract/sentry.h"
#include "support/scratch_directory.h"

using namespace troupe;
using namespace troupe::contract;

namespace {

using Texts = std::vector<std::string>;

// The node left is here, the node right is another process; the third member never comes.
struct TwoProcesses {
  TwoProcesses()
      : left({.name = "left",
              .data_dir = directory / "left",
              .members = {{.name = "left", .port = ports[0]},
                          {.name = "right", .port = ports[1]},
                          {.name = "caller", .port = ports[2], .client = true}},
              .threads = 2}) {
    host_cast(left);
    left.start();
    start_right();
  }
  void start_right() {
    right = std::make_unique<testing::SecondProcess>(
        std::vector<std::string>{"--member", "right", (directory / "right").string(), std::to_string(ports[0]),
                                 std::to_string(ports[1]), std::to_string(ports[2])});
  }
  // The nth sentry of those that live here, or there.
  [[nodiscard]] std::string sentry(bool here, int nth) {
    for (int i = 0;; ++i) {
      std::string key = "s" + std::to_string(i);
      const bool is_here = left.admin("GET", "/actors/Sentry/" + key, "").first != 421;
      if (is_here == here && nth-- == 0) return key;
    }
  }
  [[nodiscard]] std::uint64_t touched(const std::string& key) {
    return left.ref<Sentry>(key).touch().get()->getTimes();
  }

  testing::ScratchDirectory directory;
  std::uint16_t ports[3] = {testing::free_port(), testing::free_port(), testing::free_port()};
  Node left;
  std::unique_ptr<testing::SecondProcess> right;
};

}  // namespace

TEST_CASE("a node that is killed is lost to all who watch its actors, and leaves no watch behind") {
  TwoProcesses two;
  const std::string watcher = two.sentry(true, 0), linked = two.sentry(true, 1), trapping = two.sentry(true, 2);
  const std::string far = two.sentry(false, 0);
  for (const auto& key : {watcher, linked, trapping, far}) touch(two.left, key);
  (void)two.left.ref<Sentry>(trapping).trap([](auto p) { p.setOn(true); }).get();
  (void)watch(two.left, watcher, "Sentry/" + far);
  link(two.left, linked, "Sentry/" + far);
  link(two.left, far, "Sentry/" + trapping);  // held by the far side
  (void)watch(two.left, far, "Sentry/" + watcher);
  REQUIRE(watches(two.left, watcher) == Watches{1, 1});
  REQUIRE(two.touched(linked) == 2);

  two.right->kill();

  CHECK(wait_for_downs(two.left, watcher, 1) == Texts{"Sentry/" + far + " node_lost"});
  CHECK(eventually([&] { return two.touched(linked) == 1; }));
  const Texts told = wait_for_downs(two.left, trapping, 1);
  CHECK(told == Texts{"Sentry/" + far + " node_lost linked"});
  for (const auto& key : {watcher, linked, trapping})
    CHECK(eventually([&] { return watches(two.left, key) == Watches{}; }));

  // While it is away: at once.
  (void)two.left.ref<Sentry>(watcher).watchMany([&](auto p) { p.setActor("Sentry/" + far), p.setCount(1); }).get();
  CHECK(wait_for_downs(two.left, watcher, 2).back() == "Sentry/" + far + " node_lost");

  // And when it is back it is watched as ever.
  two.start_right();
  touch(two.left, far);
  (void)watch(two.left, watcher, "Sentry/" + far);
  contract::crash(two.left, far);
  CHECK(wait_for_downs(two.left, watcher, 3).back() == "Sentry/" + far + " crashed");
}

TEST_CASE("a node that stops in order says so, and its links crash nobody") {
  TwoProcesses two;
  const std::string watcher = two.sentry(true, 0), linked = two.sentry(true, 1), far = two.sentry(false, 0);
  for (const auto& key : {watcher, linked, far}) touch(two.left, key);
  (void)watch(two.left, watcher, "Sentry/" + far);
  link(two.left, far, "Sentry/" + linked);
  REQUIRE(watches(two.left, linked).watchers == 1);

  CHECK(two.right->finish() == 0);

  CHECK(wait_for_downs(two.left, watcher, 1) == Texts{"Sentry/" + far + " stopped"});
  CHECK(eventually([&] { return watches(two.left, linked) == Watches{}; }));
  CHECK(two.touched(linked) == 2);
}

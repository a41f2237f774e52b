// A node that looks at itself: turns that take long, threads that are held, workers that stand still.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <mutex>

#include "contract/distance.h"
#include "contract/waiter.h"

using namespace troupe;
using namespace troupe::contract;

namespace {

class Log {
 public:
  [[nodiscard]] LogSink sink() {
    return [this](const LogLine& line) {
      const std::lock_guard lock(mutex_);
      lines_.emplace_back(line.message);
    };
  }
  [[nodiscard]] std::size_t count(const std::string& text) const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(std::count_if(
        lines_.begin(), lines_.end(), [&](const auto& line) { return line.find(text) != std::string::npos; }));
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

struct Watched {
  explicit Watched(WatchLimits limits, std::function<void(const Health&)> on_unhealthy = {})
      : node({.name = "solo",
              .data_dir = directory / "solo",
              .threads = 2,
              .watch = limits,
              .on_unhealthy = std::move(on_unhealthy),
              .log = log.sink()}) {
    host_cast(node);
    node.start();
  }
  [[nodiscard]] bool says(const std::string& path, const std::string& text) {
    return node.admin("GET", path, "").second.find(text) != std::string::npos;
  }

  testing::ScratchDirectory directory;
  Log log;
  Node node;
};

constexpr WatchLimits kOff{.slow_turn = 0ms, .blocked_thread = 0ms, .stalled_workers = 0ms, .stuck_commits = 0ms};

WatchLimits only(std::chrono::milliseconds WatchLimits::*limit, std::chrono::milliseconds value) {
  WatchLimits limits = kOff;
  limits.*limit = value;
  return limits;
}

}  // namespace

TEST_CASE("a turn that waits for long is logged once, and listed with what it awaits until it ends") {
  Watched watched(only(&WatchLimits::slow_turn, 30ms));
  auto outer = watched.node.ref<Waiter>("a").relay([](auto p) { p.initWay(1).set(0, "b"); }).future();

  CHECK(eventually([&] { return watched.says("/turns", "awaits Waiter/b.wait, called"); }));
  CHECK(eventually([&] { return watched.says("/turns", "\"sleeps\""); }));
  CHECK(watched.says("/turns", "\"slowTurnMs\":30"));
  CHECK(watched.log.count("slow turn: Waiter/a.relay has taken") == 1);
  CHECK(watched.log.count("slow turn: Waiter/b.wait has taken") == 1);

  (void)watched.node.ref<Waiter>("b").letGo().get();
  outer.get();
  CHECK(watched.says("/turns", "\"turns\":[]"));
  CHECK(watched.log.count("slow turn: Waiter/a.relay") == 1);
}

TEST_CASE("a turn that holds its thread is listed with the thread") {
  Watched watched(only(&WatchLimits::slow_turn, 30ms));
  auto held = watched.node.ref<Waiter>("a").hold([](auto p) { p.setGate("slow"); }).future();

  CHECK(eventually([&] { return watched.says("/turns", "runs on thread"); }));
  CHECK(watched.log.count("slow turn: Waiter/a.hold has taken") == 1);

  open_gate("slow");
  held.get();
  CHECK(eventually([&] { return watched.says("/turns", "\"turns\":[]"); }));
}

TEST_CASE("a thread that one handler holds is named, until it goes on") {
  Watched watched(only(&WatchLimits::blocked_thread, 30ms));
  auto held = watched.node.ref<Waiter>("a").hold([](auto p) { p.setGate("blocked"); }).future();

  CHECK(eventually([&] { return watched.says("/health", "\"method\":\"hold\""); }));
  CHECK(watched.says("/health", "\"actor\":\"Waiter/a\""));
  CHECK(watched.says("/health", "\"healthy\":true"));
  CHECK(watched.log.count("is held by Waiter/a.hold for") == 1);

  open_gate("blocked");
  held.get();
  CHECK(eventually([&] { return watched.says("/health", "\"blocked\":[]"); }));
  CHECK(eventually([&] { return watched.log.count("goes on after") == 1; }));
}

TEST_CASE("a node whose workers are all held is unhealthy, tells its program once, and may get well") {
  std::atomic<int> told{0};
  std::atomic<bool> refused{false};
  Node* self = nullptr;
  Watched watched(only(&WatchLimits::stalled_workers, 60ms), [&](const Health& health) {
    if (!health.good() && health.faults.front().name == "workers_stalled") ++told;
    refused = error_of([&] { return self->stop(0ms); }).kind() == ErrorKind::invalid;
  });
  self = &watched.node;
  CHECK(watched.node.health().good());
  for (int round = 1; round <= 2; ++round) {
    const std::string gate = "stalled-" + std::to_string(round);
    auto one = watched.node.ref<Waiter>("a").hold([&](auto p) { p.setGate(gate); }).future();
    auto two = watched.node.ref<Waiter>("b").hold([&](auto p) { p.setGate(gate); }).future();

    CHECK(eventually([&] { return !watched.node.health().good(); }));
    CHECK(watched.node.health().faults.front().name == "workers_stalled");

    open_gate(gate);
    one.get();
    two.get();
    CHECK(eventually([&] { return watched.node.health().good(); }));
  }
  CHECK(told == 1);
  CHECK(refused);
}

TEST_CASE("a node that is not running is not healthy") {
  Node node({.name = "n"});
  CHECK(node.health().faults.front().name == "not_running");
  node.start();
  CHECK(node.health().good());
  (void)node.stop();
  CHECK(node.health().faults.front().name == "not_running");
}

#include "base/node_time.h"

#include <doctest/doctest.h>

#include "base/limits.h"

using namespace troupe;
using namespace std::chrono_literals;

namespace {

// A machine's clocks: time passes, and the wall clock is set.
class Machine final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const noexcept override { return TimePoint(steady_); }
  [[nodiscard]] std::uint64_t wall_ms() const noexcept override { return static_cast<std::uint64_t>(wall_.count()); }
  void pass(std::chrono::milliseconds time) {
    steady_ += time;
    wall_ += time;
  }
  void set_wall(std::chrono::milliseconds by) { wall_ += by; }
  void reboot(std::chrono::milliseconds off) {
    steady_ = 7s;
    wall_ += off;
  }
  [[nodiscard]] NodeTime::WallTime wall() const { return NodeTime::WallTime(wall_); }

 private:
  std::chrono::milliseconds steady_{3h};
  std::chrono::milliseconds wall_{1'800'000'000'000};
};

// A node that began ten minutes ago, and has just looked at its clock.
struct Looked {
  Looked() {
    machine.pass(10min);
    time.look();
  }
  Machine machine;
  NodeTime time{machine};
};

constexpr std::uint64_t kGrain = 4;
constexpr std::uint64_t kHour = 3'600'000;

}  // namespace

TEST_CASE("a node's time begins at the wall clock, goes with the steady one, and is not set") {
  Machine machine;
  NodeTime time(machine);
  const std::uint64_t begin = machine.wall_ms();
  CHECK(time.now() == begin);

  machine.set_wall(1h);
  machine.pass(5s);
  CHECK(time.now() == begin + 5'000);
  machine.set_wall(-2h);
  machine.pass(5s);

  CHECK(time.now() == begin + 10'000);
  CHECK(time.at(machine.now() - 1s) == begin + 9'000);
}

TEST_CASE("a first use is dated by how long ago it was, wherever the clock is set to afterwards") {
  for (const auto step : {1h, -1h}) {
    CAPTURE(step.count());
    Looked node;
    auto& [machine, time] = node;
    const auto used = machine.wall();
    const std::uint64_t then = time.now();
    machine.pass(1s);
    time.look();

    machine.set_wall(step);
    machine.pass(1min);

    CHECK(time.of_first_use(used) == then - kGrain);
    CHECK(time.of_first_use(machine.wall()) == time.now() - kGrain);
  }
}

TEST_CASE("of times that a clock shows twice the first counts, but for just now") {
  Looked node;
  auto& [machine, time] = node;
  const auto used = machine.wall();
  const std::uint64_t then = time.now();
  machine.pass(10min);
  machine.set_wall(-10min);
  machine.pass(2s);
  time.look();
  machine.pass(1s);

  CHECK(time.of_first_use(used + 2s) == then + 2'000 - kGrain);
  CHECK(time.of_first_use(machine.wall()) == time.now() - kGrain);
}

TEST_CASE("a time that was passed over, or is still to come, is taken for earlier than it may be") {
  Looked node;
  auto& [machine, time] = node;
  const std::uint64_t last_look = time.now();
  const auto passed_over = machine.wall() + 30min;
  machine.pass(1s);
  machine.set_wall(1h);
  machine.pass(1s);

  CHECK(time.of_first_use(passed_over) == last_look);
  const auto doubt = static_cast<std::uint64_t>(std::chrono::milliseconds(limits::kClockDoubt).count());
  CHECK(time.of_first_use(machine.wall() + 5s) == time.now() - doubt);
}

TEST_CASE("what lies before the record of the clock is believed") {
  Machine machine;
  NodeTime time(machine);

  CHECK(time.of_first_use(machine.wall() - 1h) == time.now() - kHour - kGrain);
  CHECK(time.of_first_use(NodeTime::WallTime{}) == 1);
  CHECK(time.of_first_use(NodeTime::WallTime::min()) == 1);
  CHECK(time.of_first_use(NodeTime::WallTime::max()) < time.now());
}

TEST_CASE("a node's time goes on where it was when its process starts again, whatever the clock says then") {
  for (const auto step : {0h, 1h, -1h}) {
    CAPTURE(step.count());
    Machine machine;
    NodeTime before(machine);
    machine.pass(10min);
    before.look();
    const auto used = machine.wall();
    const std::uint64_t then = before.now();
    const auto past = before.past("boot");
    machine.pass(1min);
    machine.set_wall(step);

    NodeTime time(machine);
    time.resume(past, "boot");

    CHECK(time.now() == then + 60'000);
    CHECK(time.of_first_use(used) == then - kGrain);
    CHECK(time.of_first_use(machine.wall()) == time.now() - kGrain);
    CHECK(time.paused_since(then) == 0);
  }
}

TEST_CASE("while the machine is off a node's time stands still, and how long that was is known by the wall clock") {
  Machine machine;
  NodeTime before(machine);
  machine.pass(10min);
  const std::uint64_t then = before.now();
  const auto past = before.past("boot");
  machine.reboot(2h);

  NodeTime time(machine);
  time.resume(past, "another boot");
  machine.pass(1s);

  CHECK(time.now() == then + 1'000);
  CHECK(time.paused_since(then) == 2 * kHour);
  CHECK(time.paused_since(then + 1) == 0);
  CHECK(time.of_first_use(machine.wall()) == time.now() - kGrain);
}

TEST_CASE("a machine that comes up with its clock set back takes no time away") {
  Machine machine;
  NodeTime before(machine);
  const std::uint64_t then = before.now();
  const auto past = before.past("boot");
  machine.reboot(-1h);

  NodeTime time(machine);
  time.resume(past, "another boot");

  CHECK(time.now() == then);
  CHECK(time.paused_since(then) == 0);
}

TEST_CASE("a node that is given what another dated goes on from the later time, and dates first uses in it") {
  for (const auto ahead : {1h, -1h}) {
    CAPTURE(ahead.count());
    Machine machine;
    machine.set_wall(ahead);
    NodeTime other(machine);
    machine.set_wall(-ahead);
    NodeTime time(machine);
    machine.pass(10min);
    time.look();
    const auto used = machine.wall();
    machine.pass(1min);

    time.join(other);

    CHECK(time.now() == std::max(other.now(), machine.wall_ms()));
    CHECK(time.joined() == time.now());
    machine.pass(1min);
    CHECK(time.of_first_use(used) <= time.now() - 2 * 60'000);
    CHECK(time.of_first_use(machine.wall()) + kGrain == time.now());
    NodeTime next(machine);
    next.resume(time.past("boot"), "boot");
    CHECK(next.joined() == time.joined());
    CHECK(next.now() == time.now());
  }
  Machine machine;
  NodeTime time(machine), same(machine);
  time.join(same);
  CHECK(time.joined() == 0);
}

TEST_CASE("a clock that is set again and again costs a limited memory, and dates no use later than it was") {
  Machine machine;
  NodeTime time(machine);
  std::vector<std::pair<NodeTime::WallTime, std::uint64_t>> uses;
  for (std::size_t i = 0; i < 2 * NodeTime::kMostSpans; ++i) {
    machine.pass(1s);
    time.look();
    uses.emplace_back(machine.wall(), time.now());
    machine.pass(1s);
    time.look();
    machine.set_wall(i % 2 ? -10min : 1h);
  }
  machine.pass(1s);

  CHECK(time.past("boot").spans.size() == NodeTime::kMostSpans);
  for (const auto& [wall, then] : uses) CHECK(time.of_first_use(wall) <= then);
}

TEST_CASE("as many pauses as may be are remembered, and none is lost") {
  Machine machine;
  NodeTime::Past past{.boot = "0", .now = 1'000, .spans = {{1'000, 1'000, 0}}};
  for (std::size_t i = 1; i <= NodeTime::kMostPauses + 4; ++i) {
    machine.reboot(1h);
    NodeTime time(machine);
    time.resume(past, std::to_string(i));
    machine.pass(1s);
    past = time.past(std::to_string(i));
  }

  CHECK(past.pauses.size() == NodeTime::kMostPauses);
  std::uint64_t all = 0;
  for (const auto& pause : past.pauses) all += pause.lasted;
  CHECK(all > (NodeTime::kMostPauses + 3) * kHour);
}

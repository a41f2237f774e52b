// An engine without threads: what runs is what somebody picks.
#include <doctest/doctest.h>

#include <filesystem>
#include <vector>

#include "unit/engine/engine_fixture.h"

using namespace troupe;
using namespace troupe::engine;
using namespace troupe::testing;

namespace {

struct Picked final : Steps {
  struct Known {
    const void* owner;
    Step step;
  };
  void add(const void* owner, Step step) override { known.push_back({owner, std::move(step)}); }
  void drop(const void* owner) noexcept override {
    std::erase_if(known, [owner](const Known& one) { return one.owner == owner; });
  }
  void wait() override { (void)take(0); }
  [[nodiscard]] std::size_t ways() const {
    std::size_t all = 0;
    for (const Known& one : known) all += one.step.ways();
    return all;
  }
  // One of the ways of the first step that has any; false: none has.
  bool take(std::size_t way) {
    for (const Known& one : known) {
      if (one.step.ways() == 0) continue;
      one.step.take(way);
      return true;
    }
    return false;
  }
  std::vector<Known> known;
};

struct NoAlarms final : Alarms {
  void ring_at(TimePoint, const void*, std::function<void()>) override {}
  void drop(const void*) noexcept override {}
};

std::ptrdiff_t threads() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return std::distance(begin(tasks), end(tasks));
}

}  // namespace

TEST_CASE("with steps an engine has no thread, and that actor runs which is picked") {
  const auto before = threads();
  Picked steps;
  NoAlarms alarms;
  Engine engine({.alarms = &alarms, .steps = &steps});
  auto first = make_counted<Runner>(engine), second = make_counted<Runner>(engine);
  std::vector<int> order;

  first->run_there([&] { order.push_back(1); });
  second->run_there([&] { order.push_back(2); });
  CHECK(order.empty());
  CHECK(steps.ways() == 2);
  CHECK(steps.take(1));
  CHECK(steps.take(0));

  CHECK(order == std::vector<int>{2, 1});
  CHECK(steps.ways() == 0);
  CHECK(engine.idle());
  CHECK(threads() == before);
}

TEST_CASE("with steps blocking work runs on the thread that picks it, any of as many as there would be threads") {
  Picked steps;
  NoAlarms alarms;
  Engine engine({.blocking_threads = 2, .alarms = &alarms, .steps = &steps});
  std::vector<int> order;

  for (int number = 0; number < 3; ++number) REQUIRE(engine.run_blocking([&, number] { order.push_back(number); }));
  CHECK(steps.ways() == 2);
  CHECK(steps.take(1));
  while (steps.take(0)) {
  }

  CHECK(order == std::vector<int>{1, 0, 2});
  CHECK(engine.idle());
}

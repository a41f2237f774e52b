// What CAF gives for restarts: a monitor and a spawn. One actor watches another, tells it to throw, spawns the next one
// when it is down, and asks that.
#include <algorithm>
#include <stdexcept>
#include <vector>

#include "baseline/baselines.h"
#include "baseline/caf_system.h"

namespace troupe::bench::baseline {
namespace {

using Clock = std::chrono::steady_clock;
using Crash = caf::atom_constant<caf::atom("crash")>;
using Touch = caf::atom_constant<caf::atom("touch")>;

caf::behavior child(caf::event_based_actor* self) {
  // Without this CAF prints every exception.
  self->set_exception_handler([](std::exception_ptr&) -> caf::error { return caf::exit_reason::unhandled_exception; });
  return {
      [](Crash) { throw std::runtime_error("as it was told"); },
      [](Touch) { return std::int64_t{1}; },
  };
}

struct Times {
  Clock::time_point start;
  Clock::time_point end;
  std::vector<std::uint64_t> took;
};
using Watcher = caf::stateful_actor<Times>;

void crash_next(Watcher* self, const caf::actor& it) {
  self->state.start = Clock::now();
  self->send(it, Crash::value);
}

void next_child(Watcher* self, double& median, Finish& finish) {
  const caf::actor it = self->spawn<caf::monitored>(child);
  self->request(it, caf::infinite, Touch::value).then([self, it, &median, &finish](std::int64_t) {
    auto& times = self->state;
    if (times.start != Clock::time_point{})
      times.took.push_back(static_cast<std::uint64_t>((Clock::now() - times.start).count()));
    if (Clock::now() < times.end) return crash_next(self, it);
    const auto middle = times.took.begin() + static_cast<std::ptrdiff_t>(times.took.size() / 2);
    std::nth_element(times.took.begin(), middle, times.took.end());
    median = static_cast<double>(*middle) / 1e3;
    finish.one_is_done();
    self->quit();
  });
}

double median_us(caf::actor_system& system, std::chrono::nanoseconds time) {
  Finish finish(1);
  double median = 0;
  system.spawn([time, &median, &finish](Watcher* self) -> caf::behavior {
    self->state.end = Clock::now() + time;
    self->set_down_handler([self, &median, &finish](caf::down_msg&) { next_child(self, median, finish); });
    next_child(self, median, finish);
    return {[](Touch) {}};
  });
  finish.wait();
  return median;
}

}  // namespace

double caf_restart_us(const Effort& effort) {
  CafConfig config;
  caf::actor_system system(config);
  median_us(system, effort.time / 10);
  return median_us(system, effort.time);
}

}  // namespace troupe::bench::baseline

#include "crash/storm/mischief.h"

#include <atomic>
#include <stdexcept>
#include <thread>

#include "crash/stages.h"

namespace troupe::storm {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kHandlers = 2;  // as many as a node has threads
constexpr std::chrono::seconds kSlowFor{1};
constexpr unsigned kSteps = 397;
constexpr unsigned kStepsWhenItThrows = 5;

std::atomic<unsigned> steps{0};
std::atomic<int> to_be_stuck{0};
std::atomic<std::int64_t> stuck_for_ms{0};
std::atomic<Clock::rep> throws_until{0};
std::atomic<bool> held_up{false};

}  // namespace

bool may_be_unhealthy() { return held_up; }

void befall(Mischief what, std::chrono::milliseconds how_much) {
  if (what == Mischief::slow_disk || what == Mischief::stuck_handlers) held_up = true;
  switch (what) {
    case Mischief::slow_disk: crash::slow_disk(how_much, kSlowFor); break;
    case Mischief::stuck_handlers:
      stuck_for_ms = how_much.count();
      to_be_stuck = kHandlers;
      break;
    case Mischief::reopens: break;
    case Mischief::throws: throws_until = (Clock::now() + how_much).time_since_epoch().count(); break;
  }
}

void stumble() {
  if (to_be_stuck.load() > 0 && to_be_stuck.fetch_sub(1) > 0)
    std::this_thread::sleep_for(std::chrono::milliseconds(stuck_for_ms.load()));
  const bool outbreak = Clock::now().time_since_epoch().count() < throws_until.load();
  if (++steps % (outbreak ? kStepsWhenItThrows : kSteps) == 0) throw std::logic_error("the storm wants a crash");
}

}  // namespace troupe::storm

#include "base/tick_clock.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <algorithm>

namespace troupe {
namespace {

// The pace of what counts nanoseconds.
constexpr std::uint64_t kNanoseconds = std::uint64_t{1} << 32;
// The first measurement of the pace takes so long.
constexpr std::chrono::milliseconds kFirstMeasure{1};
// Of two looks at both clocks the quicker one is the more exact.
constexpr int kLooks = 5;

// Whether the counter keeps one pace, whatever the processor does.
bool invariant() noexcept {
#if defined(__x86_64__)
  constexpr unsigned kPowerLeaf = 0x8000'0007, kInvariantCounter = 1u << 8;
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid(kPowerLeaf, &a, &b, &c, &d) != 0 && (d & kInvariantCounter) != 0;
#elif defined(__aarch64__)
  return true;
#else
  return false;
#endif
}

std::int64_t steady_ns() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

// What is found out once for the process, and then fixed.
struct TickClock::Measured {
  bool counts;
  Mark first;
  Pace pace;
};

// The steady clock is read between two readings of the counter, and is taken to be of the middle.
TickClock::Mark TickClock::mark() noexcept {
  Mark best;
  Ticks shortest = ~Ticks{0};
  for (int i = 0; i < kLooks; ++i) {
    const Ticks before = counter();
    const std::int64_t ns = steady_ns();
    const Ticks took = counter() - before;
    if (took >= shortest) continue;
    shortest = took;
    best = {before + took / 2, ns};
  }
  return best;
}

TickClock::Pace TickClock::pace_between(const Mark& from, const Mark& to) noexcept {
  if (to.ticks <= from.ticks || to.ns <= from.ns) return 0;
  __extension__ using Wide = unsigned __int128;
  return static_cast<Pace>((static_cast<Wide>(to.ns - from.ns) << 32) / (to.ticks - from.ticks));
}

const TickClock::Measured& TickClock::measured() noexcept {
  static const Measured once = [] {
    if (!invariant()) return Measured{false, {}, kNanoseconds};
    const Mark first = mark();
    const std::int64_t until = first.ns + std::chrono::nanoseconds(kFirstMeasure).count();
    while (steady_ns() < until) continue;
    const Pace pace = pace_between(first, mark());
    return Measured{pace != 0, first, pace};  // one that does not count is no clock
  }();
  return once;
}

TickClock::TickClock(const Clock& clock) noexcept
    : clock_(clock),
      counts_(&clock == &system_clock() && measured().counts),
      pace_(counts_ ? measured().pace : kNanoseconds) {
  if (!counts_) return;
  const Mark now = mark();
  mark_ticks_.store(now.ticks, std::memory_order_relaxed);
  mark_ns_.store(now.ns, std::memory_order_relaxed);
  steer();
}

TickClock::Ticks TickClock::of_clock() const noexcept {
  const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(clock_.exact_now().time_since_epoch()).count();
  return static_cast<Ticks>(std::max<std::int64_t>(ns, 1));
}

TimePoint TickClock::at(Ticks reading) const noexcept {
  if (!counts_) return TimePoint(std::chrono::nanoseconds(static_cast<std::int64_t>(reading)));
  std::uint32_t version = 0;
  Mark last;
  do {
    version = version_.load(std::memory_order_acquire);
    last.ticks = mark_ticks_.load(std::memory_order_relaxed);
    last.ns = mark_ns_.load(std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_acquire);
  } while (version % 2 != 0 || version_.load(std::memory_order_relaxed) != version);
  const Pace pace = pace_.load(std::memory_order_relaxed);
  const std::int64_t ns = reading >= last.ticks ? last.ns + scaled(reading - last.ticks, pace)
                                                : last.ns - scaled(last.ticks - reading, pace);
  return TimePoint(std::chrono::nanoseconds(ns));
}

void TickClock::steer() noexcept {
  if (!counts_) return;
  const Mark now = mark();
  if (const Pace pace = pace_between(measured().first, now); pace != 0) pace_.store(pace, std::memory_order_relaxed);
  const std::uint32_t version = version_.load(std::memory_order_relaxed);
  version_.store(version + 1, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
  mark_ticks_.store(now.ticks, std::memory_order_relaxed);
  mark_ns_.store(now.ns, std::memory_order_relaxed);
  version_.store(version + 2, std::memory_order_release);
}

}  // namespace troupe

// TickClock: time for what is measured often. A look costs a third of what the system's clock costs.
//
// It reads the processor's own counter where that counts at one pace in every state of the processor (on x86 the
// invariant time-stamp counter, on 64-bit ARM the generic timer), and the node's Clock where it does not, and in tests
// that own the time. A reading is a number of ticks and means nothing by itself: two of them are some time apart, and
// at() says when one was by the steady clock.
//
// How exact: the pace is measured against the steady clock, once for the process over a millisecond (to 100 ppm), and
// anew by every steer(), over the time since the first look (below 1 ppm after a second). Between two steers at()
// drifts by the error of the pace and by what the system slews its clock (500 ppm at most): steered once a second, it
// stays within half a millisecond of the steady clock at the worst, and within microseconds on a machine whose clock is
// in step. The counter is read without a barrier, and two processors may differ by some tens of nanoseconds: what would
// be less than no time is none.
#pragma once

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

#include <atomic>
#include <chrono>
#include <cstdint>

#include "base/clock.h"

namespace troupe {

class TickClock {
 public:
  using Ticks = std::uint64_t;

  // Of a node that goes by `clock`, which outlives it: the counter stands for the machine's own clock alone.
  explicit TickClock(const Clock& clock) noexcept;
  TickClock(const TickClock&) = delete;
  TickClock& operator=(const TickClock&) = delete;

  // --- any thread ---
  // Never 0, which may stand for a time that was not read.
  [[nodiscard]] Ticks now() const noexcept {
    if (counts_) [[likely]]
      return counter();
    return of_clock();
  }
  // From one reading to a later one; none, if it is not later.
  [[nodiscard]] std::chrono::nanoseconds between(Ticks from, Ticks to) const noexcept {
    if (to <= from) return std::chrono::nanoseconds(0);
    return std::chrono::nanoseconds(scaled(to - from, pace_.load(std::memory_order_relaxed)));
  }
  // When it was, by the steady clock.
  [[nodiscard]] TimePoint at(Ticks reading) const noexcept;
  // Whether it reads the processor's counter.
  [[nodiscard]] bool counts() const noexcept { return counts_; }

  // --- one thread at a time ---
  // Measures the pace anew. To be called once a second, or so; not at all is no error, but see how exact it is.
  void steer() noexcept;

 private:
  // Nanoseconds to a tick, in units of 2^-32.
  using Pace = std::uint64_t;
  struct Mark {
    Ticks ticks = 0;
    std::int64_t ns = 0;  // by the steady clock
  };
  struct Measured;
  [[nodiscard]] static const Measured& measured() noexcept;
  [[nodiscard]] static Mark mark() noexcept;
  [[nodiscard]] static Pace pace_between(const Mark& from, const Mark& to) noexcept;

  [[nodiscard]] static std::int64_t scaled(Ticks ticks, Pace pace) noexcept {
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::int64_t>((Wide{ticks} * pace) >> 32);
  }
  [[nodiscard]] static Ticks counter() noexcept {
#if defined(__x86_64__)
    return __rdtsc();
#elif defined(__aarch64__)
    Ticks value;
    asm volatile("mrs %0, cntvct_el0" : "=r"(value));
    return value;
#else
    return 0;
#endif
  }
  [[nodiscard]] Ticks of_clock() const noexcept;

  const Clock& clock_;
  const bool counts_;
  std::atomic<Pace> pace_;
  // The last mark, by which at() goes: even while it is whole (Boehm, "Can seqlocks get along with programming language
  // memory models?", MSPC 2012).
  std::atomic<std::uint32_t> version_{0};
  std::atomic<Ticks> mark_ticks_{0};
  std::atomic<std::int64_t> mark_ns_{0};
};

}  // namespace troupe

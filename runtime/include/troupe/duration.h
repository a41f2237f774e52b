// Time that does not overflow. A parameter of Troupe's takes any std::chrono duration, `hours::max()` too: what is too
// long for the unit that it is kept in is the longest that unit has, and what lies past the end of time is never.
// Constants and values; any thread.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <ratio>
#include <utility>

namespace troupe {

// `time` in the finer or equal unit To; what To cannot hold is the longest, or the shortest, that it can.
template <class To, std::integral Count, class Period>
requires(std::ratio_divide<Period, typename To::period>::den == 1) [[nodiscard]] constexpr To
    saturated(std::chrono::duration<Count, Period> time) noexcept {
  constexpr auto factor = std::ratio_divide<Period, typename To::period>::num;
  if (std::cmp_greater(time.count(), To::max().count() / factor)) return To::max();
  if (std::cmp_less(time.count(), To::min().count() / factor)) return To::min();
  return To(static_cast<typename To::rep>(time.count()) * factor);
}

// A parameter that is any duration which Unit counts without loss, saturated.
template <class Unit>
class Saturated {
 public:
  constexpr Saturated() noexcept = default;
  template <std::integral Count, class Period>
  requires(std::ratio_divide<Period, typename Unit::period>::den ==
           1) constexpr Saturated(std::chrono::duration<Count, Period> time) noexcept  // NOLINT: implicit on purpose
      : time_(saturated<Unit>(time)) {}
  constexpr operator Unit() const noexcept { return time_; }  // NOLINT: implicit on purpose

 private:
  Unit time_{0};
};
using Nanoseconds = Saturated<std::chrono::nanoseconds>;
using Milliseconds = Saturated<std::chrono::milliseconds>;

// The moment `time` after `from`. What lies past the end of time is its end, "never"; what lies before its begin, that.
template <class Clock, class Unit, std::integral Count, class Period>
[[nodiscard]] constexpr std::chrono::time_point<Clock, Unit> later(std::chrono::time_point<Clock, Unit> from,
                                                                   std::chrono::duration<Count, Period> time) noexcept {
  using Point = std::chrono::time_point<Clock, Unit>;
  const Unit since = from.time_since_epoch();
  const Unit by = saturated<Unit>(time);
  if (by > Unit::zero() && since > Unit::max() - by) return Point::max();
  if (by < Unit::zero() && since < Unit::min() - by) return Point::min();
  return Point(since + by);
}
template <class Clock, class Unit, class Parameter>
[[nodiscard]] constexpr std::chrono::time_point<Clock, Unit> later(std::chrono::time_point<Clock, Unit> from,
                                                                   Saturated<Parameter> time) noexcept {
  return later(from, static_cast<Parameter>(time));
}

// The same for milliseconds since the Unix epoch: never is all ones.
[[nodiscard]] constexpr std::uint64_t later(std::uint64_t epoch_ms, Milliseconds time) noexcept {
  const std::int64_t by = std::chrono::milliseconds(time).count();
  const std::uint64_t size = by < 0 ? ~static_cast<std::uint64_t>(by) + 1 : static_cast<std::uint64_t>(by);
  if (by < 0) return epoch_ms > size ? epoch_ms - size : 0;
  constexpr auto never = std::numeric_limits<std::uint64_t>::max();
  return epoch_ms > never - size ? never : epoch_ms + size;
}

// The moment of the wall clock that a count of milliseconds since the Unix epoch names. Past the year 2262, when the
// clock's own count ends: that end.
[[nodiscard]] constexpr std::chrono::system_clock::time_point epoch_moment(std::uint64_t epoch_ms) noexcept {
  return later(std::chrono::system_clock::time_point(), std::chrono::duration<std::uint64_t, std::milli>(epoch_ms));
}

// `first`, not negative, doubled so often; `most` at most.
template <std::integral Count, class Period>
[[nodiscard]] constexpr std::chrono::duration<Count, Period> doubled(
    std::chrono::duration<Count, Period> first, unsigned times, std::chrono::duration<Count, Period> most) noexcept {
  for (; times > 0 && first.count() > 0 && first < most; --times) {
    if (first > most - first) return most;
    first *= 2;
  }
  return first < most ? first : most;
}

}  // namespace troupe

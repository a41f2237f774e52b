// The clock of a simulation, and the alarms of all its nodes. It moves when the simulation moves it, and rings one
// alarm at a time. It begins at the same moment every time. One thread.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <optional>

#include "engine/alarms.h"
#include "testing/manual_clock.h"

namespace troupe::testing {

class SimulatedClock final : public Clock, public engine::Alarms {
 public:
  [[nodiscard]] TimePoint now() const noexcept override { return moved_.now(); }
  [[nodiscard]] std::uint64_t wall_ms() const noexcept override { return moved_.wall_ms(); }

  void ring_at(TimePoint when, const void* owner, std::function<void()> ring) override {
    alarms_.emplace(when, Alarm{owner, std::move(ring)});
  }
  void drop(const void* owner) noexcept override {
    std::erase_if(alarms_, [owner](const auto& alarm) { return alarm.second.owner == owner; });
  }

  // Nothing rings by it.
  void advance(std::chrono::nanoseconds by) noexcept { moved_.advance(by); }
  void move_to(TimePoint when) noexcept { moved_.advance(std::max(when - now(), TimePoint::duration(0))); }
  // The earliest alarm, due or not; nothing: there is none.
  [[nodiscard]] std::optional<TimePoint> next() const {
    return alarms_.empty() ? std::nullopt : std::optional(alarms_.begin()->first);
  }
  [[nodiscard]] std::size_t due() const {
    return static_cast<std::size_t>(std::distance(alarms_.begin(), alarms_.upper_bound(now())));
  }
  // One of those that are due, the earliest being 0.
  void ring(std::size_t which) {
    const auto at = std::next(alarms_.begin(), static_cast<std::ptrdiff_t>(which));
    const Alarm alarm = std::move(at->second);
    alarms_.erase(at);
    alarm.ring();
  }

 private:
  struct Alarm {
    const void* owner;
    std::function<void()> ring;
  };
  ManualClock moved_;
  std::multimap<TimePoint, Alarm> alarms_;  // those of one moment in the order they were set
};

}  // namespace troupe::testing

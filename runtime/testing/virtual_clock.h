// The clock of a testbed, and the alarms of its nodes. It stands still until it is moved, or runs with the machine's
// and can be moved ahead of it.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "engine/alarms.h"
#include "testing/manual_clock.h"

namespace troupe::testing {

class VirtualClock final : public Clock, public engine::Alarms {
 public:
  // Both begin at the machine's time of the moment. A clock that runs has a thread, which rings.
  explicit VirtualClock(bool runs);
  ~VirtualClock() override;
  VirtualClock(const VirtualClock&) = delete;
  VirtualClock& operator=(const VirtualClock&) = delete;

  [[nodiscard]] TimePoint now() const noexcept override { return later(moved_.now(), run()); }
  [[nodiscard]] std::uint64_t wall_ms() const noexcept override;
  [[nodiscard]] bool runs() const noexcept { return thread_.joinable(); }

  void ring_at(TimePoint when, const void* owner, std::function<void()> ring) override;
  void drop(const void* owner) noexcept override;

  // Never back. Nothing rings by it.
  void move_to(TimePoint when);
  // Rings what is due, on this thread. False: nothing was.
  bool ring_due();
  // Nothing is due, and nothing rings at this moment.
  [[nodiscard]] bool at_rest() const;
  // The earliest alarm, due or not; nothing: there is none.
  [[nodiscard]] std::optional<TimePoint> next() const;

 private:
  struct Alarm {
    const void* owner;
    std::function<void()> ring;
  };
  // How long it has run by itself.
  [[nodiscard]] std::chrono::nanoseconds run() const noexcept;
  void ring_as_time_passes();
  bool ring_one(std::unique_lock<std::mutex>& lock);

  const TimePoint start_;
  const std::uint64_t start_wall_ms_;
  const bool runs_;
  ManualClock moved_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<TimePoint, Alarm> alarms_;
  std::vector<const void*> ringing_;  // owners whose alarms ring at this moment
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace troupe::testing

// The clock of one slot: the testbed's, with a wall clock that somebody may set.
#pragma once

#include <atomic>
#include <chrono>

#include "base/clock.h"

namespace troupe::testing {

class NodeSlotClock final : public Clock {
 public:
  explicit NodeSlotClock(const Clock& common) : common_(common) {}
  [[nodiscard]] TimePoint now() const noexcept override { return common_.now(); }
  [[nodiscard]] TimePoint exact_now() const noexcept override { return common_.exact_now(); }
  [[nodiscard]] std::uint64_t wall_ms() const noexcept override {
    return later(common_.wall_ms(), std::chrono::milliseconds(ahead_ms_.load()));
  }
  // Of the testbed's wall clock.
  void set_ahead(std::chrono::milliseconds by) noexcept { ahead_ms_ = by.count(); }

 private:
  const Clock& common_;
  std::atomic<std::int64_t> ahead_ms_{0};
};

}  // namespace troupe::testing

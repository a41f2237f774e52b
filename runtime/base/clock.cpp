#include "base/clock.h"

#include <ctime>

namespace troupe {
namespace {

class SystemClock final : public Clock {
 public:
  TimePoint now() const noexcept override {
    timespec t{};
    clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
    return TimePoint(std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec));
  }
  TimePoint exact_now() const noexcept override { return std::chrono::steady_clock::now(); }
  std::uint64_t wall_ms() const noexcept override {
    timespec t{};
    clock_gettime(CLOCK_REALTIME_COARSE, &t);
    return static_cast<std::uint64_t>(t.tv_sec) * 1000 + static_cast<std::uint64_t>(t.tv_nsec) / 1'000'000;
  }
};

}  // namespace

const Clock& system_clock() noexcept {
  static const SystemClock clock;
  return clock;
}

}  // namespace troupe

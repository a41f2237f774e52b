// How many attempts beside the first calls may make: a share of the calls of the last ten seconds, and some in each
// second besides. The rule is Finagle's RetryBudget (percentCanRetry, minRetriesPerSec, ttl), which gRPC's retry
// throttling has in another form: when most calls fail, retries must not multiply them. One thread at a time.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/clock.h"
#include "resilience/sliding_counts.h"
#include "troupe/call_policy.h"

namespace troupe::resilience {

class Budget {
 public:
  static constexpr std::chrono::seconds kWindow{10};

  explicit Budget(const RetryBudget& policy) noexcept : policy_(policy) {}

  void called(TimePoint now) noexcept { counts_.add(kCall, now); }
  // False: it is used up.
  [[nodiscard]] bool take(TimePoint now) noexcept {
    if (static_cast<double>(taken(now)) + 1 > allowed(now)) {
      ++refused_;
      return false;
    }
    counts_.add(kTaken, now);
    return true;
  }

  // Within the window.
  [[nodiscard]] std::uint64_t calls(TimePoint now) noexcept { return counts_.sum(kCall, now); }
  [[nodiscard]] std::uint64_t taken(TimePoint now) noexcept { return counts_.sum(kTaken, now); }
  [[nodiscard]] double allowed(TimePoint now) noexcept {
    return policy_.share * static_cast<double>(calls(now)) +
           static_cast<double>(policy_.per_second) * static_cast<double>(kWindow.count());
  }
  // Since it began.
  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }

 private:
  enum Kind : std::size_t { kCall, kTaken, kKinds };
  const RetryBudget policy_;
  SlidingCounts<kKinds> counts_{kWindow};
  std::uint64_t refused_ = 0;
};

}  // namespace troupe::resilience

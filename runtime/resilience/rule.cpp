#include "resilience/rule.h"

namespace troupe::resilience {

bool Rule::enter(TimePoint now) noexcept {
  {
    std::lock_guard lock(mutex_);
    budget_.called(now);
  }
  const std::uint64_t before = in_flight_.fetch_add(1, std::memory_order_relaxed);
  const std::uint32_t most = policy_.bulkhead.most_in_flight;
  if (most == 0 || before < most) return true;
  leave();
  bulkhead_refused_.fetch_add(1, std::memory_order_relaxed);
  return false;
}

bool Rule::take(TimePoint now, std::atomic<std::uint64_t>& counted) noexcept {
  std::lock_guard lock(mutex_);
  if (!budget_.take(now)) return false;
  counted.fetch_add(1, std::memory_order_relaxed);
  return true;
}

Rule::Sight Rule::look(TimePoint now) {
  std::lock_guard lock(mutex_);
  return {.in_flight = in_flight_.load(std::memory_order_relaxed),
          .bulkhead_refused = bulkhead_refused_.load(std::memory_order_relaxed),
          .retries = retries_.load(std::memory_order_relaxed),
          .hedges = hedges_.load(std::memory_order_relaxed),
          .budget_refused = budget_.refused(),
          .budget_taken = budget_.taken(now),
          .budget_allowed = budget_.allowed(now)};
}

bool MethodRule::may_repeat(const Error& error) const noexcept {
  switch (error.kind()) {
    case ErrorKind::unavailable:
    case ErrorKind::overloaded: return safe_to_repeat || !error.may_have_run();
    case ErrorKind::unknown_outcome: return safe_to_repeat;
    default: return false;
  }
}

}  // namespace troupe::resilience

#include "resilience/rule.h"

namespace troupe::resilience {

bool Rule::enter(TimePoint now) noexcept {
  {
    std::lock_guard lock(mutex_);
    budget_.called(now);
  }
  return bulkhead_.enter();
}

bool Rule::take(TimePoint now, std::atomic<std::uint64_t>& counted) noexcept {
  std::lock_guard lock(mutex_);
  if (!budget_.take(now)) return false;
  counted.fetch_add(1, std::memory_order_relaxed);
  return true;
}

Rule::Sight Rule::look(TimePoint now) {
  std::lock_guard lock(mutex_);
  return {.bulkhead = bulkhead_.look(),
          .bulkhead_refused = bulkhead_refused_.load(std::memory_order_relaxed),
          .retries = retries_.load(std::memory_order_relaxed),
          .timed_out = timed_out_.load(std::memory_order_relaxed),
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

#include "resilience/bulkhead.h"

#include <utility>

namespace troupe::resilience {

bool Bulkhead::enter() noexcept {
  if (has_queue()) {
    const std::lock_guard lock(mutex_);
    return enter_locked();
  }
  const std::uint64_t before = in_flight_.fetch_add(1, std::memory_order_relaxed);
  if (most_ == 0 || before < most_) return true;
  in_flight_.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

bool Bulkhead::enter_locked() noexcept {
  if (!line_.empty() || in_flight_.load(std::memory_order_relaxed) >= most_) return false;
  in_flight_.fetch_add(1, std::memory_order_relaxed);
  return true;
}

Bulkhead::Entry Bulkhead::enter_or_wait(const Ptr<Waiter>& waiter) {
  const std::lock_guard lock(mutex_);
  if (enter_locked()) return Entry::in;
  if (line_.size() >= most_waiting_) return Entry::full;
  waiter->in_line_ = line_.insert(line_.end(), waiter);
  ++waited_;
  return Entry::waits;
}

bool Bulkhead::forget(Waiter& waiter) noexcept {
  Ptr<Waiter> gone;  // let go of when the lock is free
  const std::lock_guard lock(mutex_);
  const auto at = std::exchange(waiter.in_line_, std::nullopt);
  if (!at) return false;
  gone = std::move(**at);
  line_.erase(*at);
  return true;
}

void Bulkhead::leave() noexcept {
  give_back();
  if (has_queue()) start_waiting();
}

void Bulkhead::give_back() noexcept {
  std::unique_lock lock(mutex_, std::defer_lock);
  if (has_queue()) lock.lock();
  in_flight_.fetch_sub(1, std::memory_order_relaxed);
}

// One thread at a time: a call that ends as soon as it starts gives its place back to whoever starts calls already, so
// that a line of such calls is a loop and not as deep as it is long.
void Bulkhead::start_waiting() noexcept {
  bool mine = false;
  for (;;) {
    Ptr<Waiter> next;
    {
      const std::lock_guard lock(mutex_);
      if (starting_ && !mine) return;
      mine = starting_ = !line_.empty() && in_flight_.load(std::memory_order_relaxed) < most_;
      if (!mine) return;
      next = std::move(line_.front());
      next->in_line_.reset();
      line_.pop_front();
      in_flight_.fetch_add(1, std::memory_order_relaxed);
    }
    next->go();
  }
}

Bulkhead::Sight Bulkhead::look() const {
  const std::lock_guard lock(mutex_);
  return {in_flight_.load(std::memory_order_relaxed), line_.size(), waited_};
}

}  // namespace troupe::resilience

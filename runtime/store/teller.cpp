// Who tells does so without the lock: what is told may submit the next commit.
#include "store/teller.h"

#include "base/check.h"

namespace troupe::store {

Teller::Teller(Steps* steps) : steps_(steps) {
  waiting_.reserve(256);
  if (steps_) {
    steps_->add(this, {.name = "the teller tells",
                       .ways = [this] { return waiting_.empty() ? 0u : 1u; },
                       .take = [this](std::size_t) { finish(); }});
    return;
  }
  thread_ = std::thread([this] { run(); });
}

Teller::~Teller() {
  if (steps_) steps_->drop(this);
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    work_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
  TROUPE_CHECK(untold() == 0);
}

void Teller::tell(std::span<const Ended> ended) noexcept {
  if (ended.empty()) return;
  Lock lock(mutex_);
  const bool idle = waiting_.empty() && !telling_.load(std::memory_order_relaxed);
  if (idle && ended.size() <= kFew) return tell_without(lock, ended);
  waiting_.insert(waiting_.end(), ended.begin(), ended.end());
  work_.notify_one();
}

void Teller::hand_over(std::span<const Ended> ended) noexcept {
  const std::lock_guard lock(mutex_);
  waiting_.insert(waiting_.end(), ended.begin(), ended.end());
  work_.notify_one();
}

void Teller::finish() noexcept {
  Lock lock(mutex_);
  for (std::vector<Ended> ended; steps_ && !waiting_.empty();) tell_waiting(lock, ended);
  rested_.wait(lock, [&] { return waiting_.empty() && !telling_.load(std::memory_order_relaxed); });
}

void Teller::run() noexcept {
  std::vector<Ended> ended;
  ended.reserve(256);
  Lock lock(mutex_);
  for (;;) {
    work_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    tell_waiting(lock, ended);
  }
}

void Teller::tell_waiting(Lock& lock, std::vector<Ended>& ended) noexcept {
  ended.swap(waiting_);
  tell_without(lock, ended);
  ended.clear();
}

void Teller::tell_without(Lock& lock, std::span<const Ended> ended) noexcept {
  telling_.store(true, std::memory_order_relaxed);
  lock.unlock();
  for (const Ended& one : ended) {
    Commit* const commit = one.commit;
    const auto& error = one.error;
    // Before the call: the object may be gone after it, and its caller back.
    untold_.fetch_sub(1, std::memory_order_release);
    if (error == nullptr) {
      commit->durable();
    } else {
      commit->failed(*error);
    }
  }
  lock.lock();
  telling_.store(false, std::memory_order_release);
  if (waiting_.empty()) rested_.notify_all();
}

}  // namespace troupe::store

#include "store/commit_inbox.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace troupe::store {
namespace {

// std::atomic's own wait has no bound.
void sleep_while(std::atomic<std::uint32_t>& word, std::uint32_t value, std::chrono::nanoseconds bound) noexcept {
  const timespec time{0, static_cast<long>(bound.count())};  // under a second: Gathering::kLongestWait
  ::syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, value, &time, nullptr, 0);
}

void wake(std::atomic<std::uint32_t>& word) noexcept {
  ::syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

}  // namespace

bool CommitInbox::push(Commit* commit) noexcept {
  const std::size_t unwritten = unwritten_.fetch_add(1, std::memory_order_seq_cst) + 1;
  Commit* newest = head_.load(std::memory_order_relaxed);
  do {
    if (newest == closed()) {
      unwritten_.fetch_sub(1, std::memory_order_relaxed);
      return false;
    }
    commit->next_commit = newest;
  } while (!head_.compare_exchange_weak(newest, commit, std::memory_order_seq_cst, std::memory_order_relaxed));
  // Pairs with park(): either it sees this commit, or this sees that it parked.
  if (parked_.load(std::memory_order_seq_cst) != 0 && parked_.exchange(0) != 0) parked_.notify_one();
  // Pairs with await() in the same way.
  const std::uint32_t awaited = awaited_.load(std::memory_order_seq_cst);
  if (awaited != 0 && unwritten >= awaited && awaited_.exchange(0) != 0) wake(awaited_);
  return true;
}

void CommitInbox::stop() noexcept {
  stopping_.store(true);
  parked_.store(0);
  parked_.notify_one();
  if (awaited_.exchange(0) != 0) wake(awaited_);
}

Commit* CommitInbox::take() noexcept {
  Commit* newest = head_.exchange(nullptr, std::memory_order_acquire);
  Commit* oldest = nullptr;
  while (newest != nullptr) {
    Commit* older = newest->next_commit;
    newest->next_commit = oldest;
    oldest = newest;
    newest = older;
  }
  return oldest;
}

void CommitInbox::park() noexcept {
  parked_.store(1, std::memory_order_seq_cst);
  if (head_.load(std::memory_order_seq_cst) == nullptr && !stopping_.load()) parked_.wait(1);
  parked_.store(0, std::memory_order_relaxed);
}

void CommitInbox::await(std::size_t commits, std::chrono::steady_clock::time_point until) noexcept {
  const auto wanted = static_cast<std::uint32_t>(commits);
  awaited_.store(wanted, std::memory_order_seq_cst);
  while (unwritten_.load(std::memory_order_seq_cst) < wanted && !stopping_.load()) {
    const auto left = until - std::chrono::steady_clock::now();
    if (left <= left.zero() || awaited_.load(std::memory_order_relaxed) == 0) break;
    sleep_while(awaited_, wanted, left);
  }
  awaited_.store(0, std::memory_order_relaxed);
}

bool CommitInbox::close() noexcept {
  Commit* none = nullptr;
  return head_.compare_exchange_strong(none, closed());
}

}  // namespace troupe::store

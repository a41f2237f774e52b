#include "engine/blocking_threads.h"

#include <algorithm>
#include <system_error>

namespace troupe::engine {

BlockingThreads::BlockingThreads(std::size_t most, Steps* steps) : most_(most ? most : 1), steps_(steps) {
  if (!steps_) return;
  // As many threads would have taken the first ones, and any of these may end first.
  steps_->add(this, {.name = "blocking work is done",
                     .ways = [this] { return std::min(waiting_.size(), most_); },
                     .take = [this](std::size_t way) { do_one_of(way); }});
}

BlockingThreads::~BlockingThreads() {
  if (steps_) steps_->drop(this);
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    waiting_.clear();
  }
  wake_.notify_all();
  for (auto& thread : threads_) thread.join();
}

bool BlockingThreads::run(std::function<void()> work) {
  std::lock_guard lock(mutex_);
  if (stopping_ || refusing_ || waiting_.size() >= kMaxWaiting) return false;
  waiting_.push_back(std::move(work));
  if (steps_) return true;
  if (waiting_.size() > idle_ && threads_.size() < most_) {
    try {
      threads_.emplace_back([this] { serve(); });
    } catch (const std::system_error&) {  // no thread to be had: those that are there do it, if there are any
      if (threads_.empty()) return waiting_.pop_back(), false;
    }
  }
  wake_.notify_one();
  return true;
}

void BlockingThreads::refuse() {
  std::deque<std::function<void()>> dropped;  // outside the lock: what goes with it may be anything
  {
    std::lock_guard lock(mutex_);
    refusing_ = true;
    dropped.swap(waiting_);
  }
}

std::size_t BlockingThreads::running() const {
  std::lock_guard lock(mutex_);
  return running_;
}

bool BlockingThreads::at_rest() const {
  std::lock_guard lock(mutex_);
  return running_ == 0 && waiting_.empty();
}

void BlockingThreads::serve() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    --idle_;
    if (stopping_) return;
    Work work = std::move(waiting_.front());
    waiting_.pop_front();
    do_without(lock, std::move(work));
  }
}

void BlockingThreads::do_without(Lock& lock, Work work) noexcept {
  ++running_;
  lock.unlock();
  try {
    work();
  } catch (...) {  // it hands what it throws to its turn; without memory for that, the turn ends by its deadline
  }
  work = nullptr;
  lock.lock();
  --running_;
}

void BlockingThreads::do_one_of(std::size_t way) {
  Lock lock(mutex_);
  const auto at = waiting_.begin() + static_cast<std::ptrdiff_t>(way);
  Work work = std::move(*at);
  waiting_.erase(at);
  do_without(lock, std::move(work));
}

}  // namespace troupe::engine

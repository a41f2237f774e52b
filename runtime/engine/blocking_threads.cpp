#include "engine/blocking_threads.h"

#include <system_error>

namespace troupe::engine {

BlockingThreads::~BlockingThreads() {
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
    auto work = std::move(waiting_.front());
    waiting_.pop_front();
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
}

}  // namespace troupe::engine

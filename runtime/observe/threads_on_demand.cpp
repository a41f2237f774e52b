#include "observe/threads_on_demand.h"

#include <exception>
#include <utility>

#include "troupe/duration.h"

namespace troupe::observe {

ThreadsOnDemand::ThreadsOnDemand(const Limits& limits) : limits_(limits) {
  try {
    const std::lock_guard lock(mutex_);
    while (threads_.size() < limits_.least) add_thread();
  } catch (...) {
    join();
    throw;
  }
}

void ThreadsOnDemand::run(std::function<void()> job) {
  Threads ended;
  {
    const std::lock_guard lock(mutex_);
    ended.swap(ended_);
    jobs_.push_back(std::move(job));
    try {
      if (jobs_.size() > idle_ && threads_.size() < limits_.most) add_thread();
    } catch (const std::exception&) {
      // No thread, or no memory for one: one that is there takes it when it is free.
    }
  }
  wake_.notify_one();
  join_all(ended);
}

void ThreadsOnDemand::join() noexcept {
  Threads all;
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;  // from here on no thread moves itself
    all.splice(all.end(), ended_);
    all.splice(all.end(), threads_);
  }
  wake_.notify_all();
  join_all(all);
}

std::size_t ThreadsOnDemand::threads() const {
  const std::lock_guard lock(mutex_);
  return threads_.size();
}

void ThreadsOnDemand::add_thread() {
  const auto self = threads_.emplace(threads_.end());
  try {
    *self = std::thread([this, self] { work(self); });
  } catch (...) {
    threads_.erase(self);
    throw;
  }
}

void ThreadsOnDemand::work(Threads::iterator self) noexcept {
  std::unique_lock lock(mutex_);
  while (auto job = next(lock)) {
    lock.unlock();
    try {
      job();
    } catch (const std::exception&) {  // no memory: whom it was for waits until its time is over
    }
    job = nullptr;  // what it holds goes without the lock
    lock.lock();
  }
  if (!closing_) ended_.splice(ended_.end(), threads_, self);
}

// Nothing: this thread is not needed any more.
std::function<void()> ThreadsOnDemand::next(std::unique_lock<std::mutex>& lock) {
  ++idle_;
  const auto has_something = [this] { return closing_ || !jobs_.empty(); };
  while (!wake_.wait_until(lock, later(std::chrono::steady_clock::now(), limits_.linger), has_something)) {
    if (threads_.size() > limits_.least) break;
  }
  --idle_;
  if (jobs_.empty()) return nullptr;
  auto job = std::move(jobs_.front());
  jobs_.pop_front();
  return job;
}

void ThreadsOnDemand::join_all(Threads& threads) noexcept {
  for (auto& thread : threads) thread.join();
  threads.clear();
}

}  // namespace troupe::observe

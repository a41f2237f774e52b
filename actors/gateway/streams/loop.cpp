#include "gateway/streams/loop.h"

#include <exception>
#include <utility>

#include "troupe/duration.h"

namespace troupe::gateway {

void Loop::post(Work work) {
  {
    const std::lock_guard lock(gate_);
    if (stopped_) return;
    now_.push_back(std::move(work));
    if (now_.size() > 1) return;
  }
  came_.notify_one();
}

void Loop::after(std::chrono::milliseconds delay, Work work) {
  {
    const std::lock_guard lock(gate_);
    if (stopped_) return;
    later_.emplace(later(Clock::now(), delay), std::move(work));
  }
  came_.notify_one();
}

void Loop::stop() {
  std::vector<Work> dropped;
  {
    const std::lock_guard lock(gate_);
    stopped_ = true;
    dropped.swap(now_);
  }
  came_.notify_one();
  if (thread_.joinable()) thread_.join();
  later_.clear();
}

void Loop::run() {
  std::unique_lock lock(gate_);
  while (!stopped_) {
    const auto now = Clock::now();
    while (!later_.empty() && later_.begin()->first <= now) {
      now_.push_back(std::move(later_.begin()->second));
      later_.erase(later_.begin());
    }
    if (now_.empty()) {
      if (later_.empty())
        came_.wait(lock);
      else
        came_.wait_until(lock, later_.begin()->first);
      continue;
    }
    std::vector<Work> work;
    work.swap(now_);
    lock.unlock();
    for (Work& one : work) {
      try {
        one();
      } catch (const std::exception&) {
        // There was no memory for it: its stream ends when its client gives up, and the others go on.
      }
    }
    work.clear();
    lock.lock();
  }
}

}  // namespace troupe::gateway

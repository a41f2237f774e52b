// A disk that can be asked to wait: this program's own fdatasync(2) takes the place of libc's and holds the sync of a
// commit log until it is let go (held_disk.cpp).
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace troupe::testing {

class HeldDisk {
 public:
  void hold() {
    const std::lock_guard lock(mutex_);
    held_ = true;
    passes_ = 0;
    waiting_ = false;
  }
  void release() {
    const std::lock_guard lock(mutex_);
    held_ = false;
    changed_.notify_all();
  }
  // What is held goes on; the next sync is held again.
  void release_one() {
    const std::lock_guard lock(mutex_);
    ++passes_;
    waiting_ = false;
    changed_.notify_all();
  }
  // Until a sync is held; false: none came.
  [[nodiscard]] bool wait_for_sync() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(60), [this] { return waiting_; });
  }
  void before_sync() {
    std::unique_lock lock(mutex_);
    waiting_ = held_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !held_ || passes_ > 0; });
    if (held_) --passes_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;
  bool waiting_ = false;
  int passes_ = 0;
};

// The one of this program.
[[nodiscard]] HeldDisk& disk();

}  // namespace troupe::testing

// What each worker thread is at: its mark says which scheduled actor it runs and how many mails it has received. Who
// looks twice and sees the same knows that one mail has held the thread in between; the worker itself looks at no
// clock.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

namespace troupe::engine {

class ScheduledActor;

struct WorkerActivity {
  std::atomic<const ScheduledActor*> scheduled{nullptr};  // null: it runs none
  std::atomic<std::uint64_t> mails{0};                    // its thread alone writes
  pid_t thread = 0;
};

struct WorkerSight {
  pid_t thread = 0;                           // as in /proc/self/task
  const ScheduledActor* scheduled = nullptr;  // to be compared, not followed: it may be gone
  std::uint64_t mails = 0;
};

class WorkerActivities : public std::enable_shared_from_this<WorkerActivities> {
 public:
  // This thread's. A thread that runs scheduled actors of several engines in turn has one with each.
  [[nodiscard]] WorkerActivity& mine() noexcept {
    if (cached().owner == this) return *cached().mark;
    return find_mine();
  }
  // Whether this thread is in a scheduled actor. Any thread.
  [[nodiscard]] bool of_this_thread() const noexcept {
    return cached().owner == this && cached().mark->scheduled.load(std::memory_order_relaxed) != nullptr;
  }
  // Every thread that has run a scheduled actor. Any thread.
  [[nodiscard]] std::vector<WorkerSight> look() const;

 private:
  struct Cached {
    const WorkerActivities* owner;
    WorkerActivity* mark;
  };
  static Cached& cached() noexcept {
    static thread_local constinit Cached of_this_thread{nullptr, nullptr};
    return of_this_thread;
  }
  WorkerActivity& find_mine();

  mutable std::mutex mutex_;
  std::deque<WorkerActivity> activities_;
};

}  // namespace troupe::engine

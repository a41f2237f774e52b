#include "engine/worker_activity.h"

#include <sys/syscall.h>
#include <unistd.h>

namespace troupe::engine {

WorkerActivity& WorkerActivities::find_mine() {
  // Keeps the marks that cached() names, so that no other engine's come to lie where they were.
  static thread_local std::shared_ptr<WorkerActivities> keeps;
  const auto thread = static_cast<pid_t>(::syscall(SYS_gettid));
  std::lock_guard lock(mutex_);
  WorkerActivity* mark = nullptr;
  for (WorkerActivity& known : activities_) {
    if (known.thread == thread) mark = &known;
  }
  if (!mark) {
    mark = &activities_.emplace_back();
    mark->thread = thread;
  }
  keeps = shared_from_this();
  cached() = {this, mark};
  return *mark;
}

std::vector<WorkerSight> WorkerActivities::look() const {
  std::lock_guard lock(mutex_);
  std::vector<WorkerSight> out;
  out.reserve(activities_.size());
  for (const WorkerActivity& mark : activities_) {
    out.push_back(
        {mark.thread, mark.scheduled.load(std::memory_order_relaxed), mark.mails.load(std::memory_order_relaxed)});
  }
  return out;
}

}  // namespace troupe::engine

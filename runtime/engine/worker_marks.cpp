#include "engine/worker_marks.h"

#include <sys/syscall.h>
#include <unistd.h>

namespace troupe::engine {

WorkerMark& WorkerMarks::find_mine() {
  // Keeps the marks that cached() names, so that no other engine's come to lie where they were.
  static thread_local std::shared_ptr<WorkerMarks> keeps;
  const auto thread = static_cast<pid_t>(::syscall(SYS_gettid));
  std::lock_guard lock(mutex_);
  WorkerMark* mark = nullptr;
  for (WorkerMark& known : marks_) {
    if (known.thread == thread) mark = &known;
  }
  if (!mark) {
    mark = &marks_.emplace_back();
    mark->thread = thread;
  }
  keeps = shared_from_this();
  cached() = {this, mark};
  return *mark;
}

std::vector<WorkerSight> WorkerMarks::look() const {
  std::lock_guard lock(mutex_);
  std::vector<WorkerSight> out;
  out.reserve(marks_.size());
  for (const WorkerMark& mark : marks_) {
    out.push_back({mark.thread, mark.cell.load(std::memory_order_relaxed), mark.mails.load(std::memory_order_relaxed)});
  }
  return out;
}

}  // namespace troupe::engine

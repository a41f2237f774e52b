#include "dashboard/jobs.h"

#include <exception>
#include <utility>

namespace troupe::dashboard {

bool Jobs::run(std::function<void()> job) {
  Threads ended;
  bool begun = false;
  {
    const std::lock_guard lock(mutex_);
    ended.swap(ended_);
    if (!stopped_ && running_.size() < most_) {
      const auto self = running_.emplace(running_.end());
      try {
        *self = std::thread([this, self, job = std::move(job)]() mutable {
          try {
            job();
          } catch (const std::exception&) {  // no memory: whom it was for is told that the answer failed
          }
          job = nullptr;
          const std::lock_guard done(mutex_);
          if (!stopped_) ended_.splice(ended_.end(), running_, self);
        });
        begun = true;
      } catch (const std::exception&) {
        running_.erase(self);
      }
    }
  }
  for (auto& thread : ended) thread.join();
  return begun;
}

void Jobs::stop() noexcept {
  Threads all;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;  // from here on no thread moves itself
    all.splice(all.end(), ended_);
    all.splice(all.end(), running_);
  }
  for (auto& thread : all) thread.join();
}

}  // namespace troupe::dashboard

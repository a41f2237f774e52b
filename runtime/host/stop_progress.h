// How far a node's stop has come: told by the thread that closes it, asked by those who wait for that.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/limits.h"
#include "troupe/duration.h"
#include "troupe/node.h"

namespace troupe::host {

class StopProgress {
 public:
  enum class Stage : std::uint8_t { turns, store, links, threads, done };

  explicit StopProgress(TimePoint until) : until_(until) {}

  // --- whoever waits; any thread ---
  // The earlier of this and what was asked for before.
  void by(TimePoint until) {
    std::lock_guard lock(mutex_);
    until_ = std::min(until_, until);
  }
  // Until it is done, or one stage is past the deadline and its grace.
  [[nodiscard]] StopReport wait() {
    std::unique_lock lock(mutex_);
    while (stage_ != Stage::done) {
      const TimePoint limit =
          later(std::max(until_, entered_), stage_ == Stage::store ? limits::kCloseGrace : limits::kStopGrace);
      if (std::chrono::steady_clock::now() >= limit) break;
      (void)changed_.wait_until(lock, limit);
    }
    return {.complete = stage_ == Stage::done, .turns_ended = turns_ended_, .stuck = stuck_};
  }

  // --- the thread that closes ---
  [[nodiscard]] TimePoint until() const {
    std::lock_guard lock(mutex_);
    return until_;
  }
  void enter(Stage stage) {
    std::lock_guard lock(mutex_);
    stage_ = stage;
    entered_ = std::chrono::steady_clock::now();
    if (stage == Stage::done) stuck_.clear();
    changed_.notify_all();
  }
  // What it waits for at this moment.
  void waits_for(std::vector<std::string> what) {
    std::lock_guard lock(mutex_);
    stuck_ = std::move(what);
  }
  void ended_turns(std::uint64_t count) {
    std::lock_guard lock(mutex_);
    turns_ended_ = count;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  TimePoint until_;
  Stage stage_ = Stage::turns;
  TimePoint entered_ = std::chrono::steady_clock::now();
  std::uint64_t turns_ended_ = 0;
  std::vector<std::string> stuck_;
};

}  // namespace troupe::host

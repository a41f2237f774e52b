#include "testing/virtual_clock.h"

#include <algorithm>

namespace troupe::testing {

VirtualClock::VirtualClock(bool runs)
    : start_(std::chrono::steady_clock::now()),
      start_wall_ms_(system_clock().wall_ms()),
      runs_(runs),
      moved_(start_, start_wall_ms_) {
  if (runs) thread_ = std::thread([this] { ring_as_time_passes(); });
}

VirtualClock::~VirtualClock() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

std::chrono::nanoseconds VirtualClock::run() const noexcept {
  return runs_ ? std::chrono::nanoseconds(std::chrono::steady_clock::now() - start_) : std::chrono::nanoseconds(0);
}

std::uint64_t VirtualClock::wall_ms() const noexcept {
  return start_wall_ms_ +
         static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now() - start_).count());
}

void VirtualClock::ring_at(TimePoint when, const void* owner, std::function<void()> ring) {
  {
    const std::lock_guard lock(mutex_);
    alarms_.emplace(when, Alarm{owner, std::move(ring)});
  }
  if (runs_) changed_.notify_all();
}

void VirtualClock::drop(const void* owner) noexcept {
  std::vector<Alarm> dropped;  // outside the lock: what goes with an alarm may be anything
  std::unique_lock lock(mutex_);
  for (auto at = alarms_.begin(); at != alarms_.end();) {
    if (at->second.owner != owner) {
      ++at;
      continue;
    }
    dropped.push_back(std::move(at->second));
    at = alarms_.erase(at);
  }
  changed_.wait(lock, [&] { return std::find(ringing_.begin(), ringing_.end(), owner) == ringing_.end(); });
  lock.unlock();
}

void VirtualClock::move_to(TimePoint when) {
  {
    const std::lock_guard lock(mutex_);
    moved_.advance(std::max(when - now(), TimePoint::duration(0)));
  }
  if (runs_) changed_.notify_all();
}

bool VirtualClock::ring_one(std::unique_lock<std::mutex>& lock) {
  const auto first = alarms_.begin();
  if (first == alarms_.end() || first->first > now()) return false;
  Alarm alarm = std::move(first->second);
  alarms_.erase(first);
  ringing_.push_back(alarm.owner);
  lock.unlock();
  alarm.ring();
  alarm.ring = nullptr;
  lock.lock();
  ringing_.erase(std::find(ringing_.begin(), ringing_.end(), alarm.owner));
  changed_.notify_all();
  return true;
}

bool VirtualClock::ring_due() {
  std::unique_lock lock(mutex_);
  bool any = false;
  while (ring_one(lock)) any = true;
  return any;
}

bool VirtualClock::at_rest() const {
  const std::lock_guard lock(mutex_);
  return ringing_.empty() && (alarms_.empty() || alarms_.begin()->first > now());
}

std::optional<TimePoint> VirtualClock::next() const {
  const std::lock_guard lock(mutex_);
  if (alarms_.empty()) return std::nullopt;
  return alarms_.begin()->first;
}

void VirtualClock::ring_as_time_passes() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (ring_one(lock)) continue;
    if (alarms_.empty()) {
      changed_.wait(lock);
    } else {
      changed_.wait_until(lock, later(std::chrono::steady_clock::now(), alarms_.begin()->first - now()));
    }
  }
}

}  // namespace troupe::testing

#include "gateway/http/attendance.h"

namespace troupe::http {

Attendance::Entry Attendance::enter(const std::string& address) {
  const std::lock_guard lock(mutex_);
  if (count_ >= most_) return Entry::full;
  std::size_t& of_address = addresses_[address];
  if (of_address >= most_of_address_) return Entry::full_for_peer;
  ++of_address;
  ++count_;
  return Entry::welcome;
}

void Attendance::leave(const std::string& address) {
  const std::lock_guard lock(mutex_);
  if (const auto at = addresses_.find(address); at != addresses_.end() && --at->second == 0) addresses_.erase(at);
  if (--count_ == 0) emptied_.notify_all();
}

std::size_t Attendance::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

bool Attendance::wait_until_empty(std::chrono::steady_clock::time_point end) {
  std::unique_lock lock(mutex_);
  return emptied_.wait_until(lock, end, [&] { return count_ == 0; });
}

}  // namespace troupe::http

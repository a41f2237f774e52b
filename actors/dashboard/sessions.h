// Who has said the token: browsers get a cookie instead, by chance, that is worth nothing after the dashboard's end.
// Any thread.
#pragma once

#include <deque>
#include <mutex>
#include <string>
#include <string_view>

namespace troupe::dashboard {

// So many bytes by chance, as hexadecimal digits. Throws std::system_error when the system has none.
[[nodiscard]] std::string by_chance(std::size_t bytes);

class Sessions {
 public:
  // A new one; the oldest goes past kMaxSessions.
  [[nodiscard]] std::string open();
  [[nodiscard]] bool has(std::string_view id) const;

 private:
  mutable std::mutex mutex_;
  std::deque<std::string> ids_;  // the newest last
};

}  // namespace troupe::dashboard

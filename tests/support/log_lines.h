// The log lines of what a test looks at, while threads of that write more. Any thread.
#pragma once

#include <troupe/log.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::testing {

class LogLines {
 public:
  // Outlived by this.
  [[nodiscard]] LogSink sink(LogLevel least = LogLevel::debug) {
    return [this, least](const LogLine& line) {
      if (line.level < least) return;
      const std::lock_guard lock(mutex_);
      lines_.emplace_back(line.message);
      auto& fields = fields_.emplace_back();
      for (const LogField& field : line.fields) fields.emplace(field.name, field.value);
      changed_.notify_all();
    };
  }
  [[nodiscard]] std::vector<std::string> all() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }
  // Of the last line that contains that; empty: there is none, or it has none.
  [[nodiscard]] std::map<std::string, std::string> fields_of(std::string_view part) const {
    const std::lock_guard lock(mutex_);
    for (std::size_t n = lines_.size(); n-- > 0;)
      if (lines_[n].find(part) != std::string::npos) return fields_[n];
    return {};
  }
  [[nodiscard]] std::size_t size() const { return all().size(); }
  // Waits until a line contains that; false: not within `patience`.
  [[nodiscard]] bool come_to_say(std::string_view part,
                                 std::chrono::milliseconds patience = std::chrono::seconds(10)) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [&] {
      return std::any_of(lines_.begin(), lines_.end(), [&](auto& line) { return line.find(part) != line.npos; });
    });
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<std::string> lines_;
  std::vector<std::map<std::string, std::string>> fields_;  // of each line
};

}  // namespace troupe::testing

// LogSource: the lines that a node keeps in memory, and its log levels. Any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "observe/kept_line.h"
#include "observe/log_levels.h"
#include "troupe/error.h"

namespace troupe::observe {

// Which lines are wanted. What is empty holds for all.
struct LogRequest {
  std::uint64_t after = 0;  // the number of the last that is known; 0: from the oldest that is kept
  std::size_t limit = 100;  // the oldest of them; with `newest` the newest
  bool newest = false;
  std::optional<LogLevel> level{};  // and those above
  std::string room{};
  std::string actor{};                // "Stock/sku-1", or a service
  std::string trace{};                // trace id, or request id
  std::string part{};                 // of the message, or of a field
  std::uint64_t since_ms = 0;         // wall clock
  std::chrono::milliseconds wait{0};  // for the first line, if there is none
};

struct LogPage {
  std::uint64_t run = 0;  // of the node: numbers begin anew with each
  std::vector<KeptLine> lines;
  std::uint64_t next = 0;  // the last that was looked at
  std::uint64_t lost = 0;  // numbers past `after` that were not kept until now
  std::uint64_t now_ms = 0;
};

struct LogCounts {
  std::uint64_t written = 0;      // given a number
  std::uint64_t left_out = 0;     // as repeats
  std::uint64_t overwritten = 0;  // not kept any more
  std::uint64_t sink_failed = 0;  // lines that the host's sink threw at
  std::uint64_t failed = 0;       // lines that could not be made, for memory
};

class LogSource {
 public:
  [[nodiscard]] virtual LogPage lines(const LogRequest& request) = 0;
  [[nodiscard]] virtual LogCounts counts() = 0;
  [[nodiscard]] virtual const LogLevels& levels() = 0;
  // Rooms that have written, or tried to, lately.
  [[nodiscard]] virtual std::vector<std::string> rooms() = 0;
  // As LogLevels::set(), with a line that says so.
  [[nodiscard]] virtual Result<void> set_level(std::string_view room, std::optional<LogLevel> level) = 0;
  // Requests that wait for lines now, for whoever bounds them.
  [[nodiscard]] std::atomic<int>& waits() noexcept { return waits_; }

 protected:
  ~LogSource() = default;

 private:
  std::atomic<int> waits_{0};
};

}  // namespace troupe::observe

// Structured log lines. The runtime prints nothing on its own: a host that wants lines gives a sink; those of
// troupe/log_output.h write text or JSON. runtime/doc/logging.md tells what a line goes through on its way there.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "troupe/limits.h"

namespace troupe {

enum class LogLevel : unsigned char { debug, info, warn, error };

[[nodiscard]] constexpr std::string_view to_string(LogLevel level) noexcept {
  constexpr std::string_view kWords[] = {"debug", "info", "warn", "error"};
  return level <= LogLevel::error ? kWords[static_cast<unsigned char>(level)] : "unknown";
}
// Nothing for any other word.
[[nodiscard]] constexpr std::optional<LogLevel> log_level_of(std::string_view word) noexcept {
  for (const LogLevel level : {LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error})
    if (to_string(level) == word) return level;
  return std::nullopt;
}

// A fact of a line by its name, for machines: {"peer", "node-2"}. runtime/doc/logging.md lists the names.
struct LogField {
  std::string_view name;
  std::string_view value;  // never empty: what is not known has no field
};

// All that it refers to is valid during the call of the sink only: a sink that keeps a line copies it.
struct LogLine {
  LogLevel level;
  std::string_view room;     // which part speaks: "net", "store", "supervise"; of an actor's own lines its service
  std::string_view message;  // what was tried, on what, what came back: a sentence that needs no field to be understood
  std::span<const LogField> fields = {};  // names are not repeated
  std::uint64_t at_ms = 0;                // wall clock, since the Unix epoch; 0: not said, it is now
};

// Called from any thread; must not block for long: whoever writes a line waits for it. What it throws ends there and is
// counted. Empty: no sink.
using LogSink = std::function<void(const LogLine&)>;

// What becomes of a node's lines before its sink has them (NodeConfig::logging).
struct LogOptions {
  // Lines below are left out; of the rooms in `levels`, at most limits::kMaxLogRooms, below that one. `troupe logs
  // level` changes both until the node starts again.
  LogLevel level = LogLevel::info;
  std::map<std::string, LogLevel> levels{};
  // So many lines of one kind about one thing are written in each `repeat_window`, 1 ms to an hour; those past them are
  // counted, and one line says how many. 0: all are written, as those of `debug` always are.
  std::uint32_t repeats = 10;
  std::chrono::milliseconds repeat_window{10'000};
  // The newest are kept in memory for `troupe logs`, at most limits::kMaxKeptLogLines and limits::kMaxKeptLogBytes of
  // them. 0: none.
  std::size_t kept_lines = 2'000;
};

}  // namespace troupe

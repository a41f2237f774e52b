// Log lines as text or JSON, and sinks that write them: for a node's own log and for programs beside it.
//
//   config.log = troupe::log_to_stderr({.format = troupe::LogFormat::json, .service = "shop", .node =
//   "shop-1"}).value();
//
// JSON has the field names of the Elastic Common Schema, one object a line; runtime/doc/logging.md lists them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "troupe/error.h"
#include "troupe/limits.h"
#include "troupe/log.h"

namespace troupe {

enum class LogFormat : unsigned char { text, json };

struct LogOutput {
  LogFormat format = LogFormat::text;
  std::string service = "troupe";  // JSON: `service.name`, as a rule the cluster's
  std::string node{};              // JSON: `service.node.name`, unless the line names one
  // Text that waits for a file that is slow, 4 KiB to 1 GiB; lines past it are dropped, and one says how many.
  std::size_t backlog_bytes = limits::kMaxLogBacklogBytes;
};

// One line, with its line break. What is no UTF-8 is replaced, control characters are escaped: a line stays one.
// Any thread. `output.backlog_bytes` means nothing here.
[[nodiscard]] std::string formatted(const LogLine& line, const LogOutput& output);

// Sinks with a thread of their own that writes, so whoever logs never waits for the disk, a pipe or a terminal. The end
// of the last copy of one writes what waits, for limits::kLogFlushTime at most. `invalid`: a backlog out of its range.
[[nodiscard]] Result<LogSink> log_to_stderr(const LogOutput& output = {});
// Appends; the file is made with mode 0640. It is opened anew when it was moved or removed, so logrotate needs no
// signal. `unavailable`: it cannot be opened, and why.
[[nodiscard]] Result<LogSink> log_to_file(const std::filesystem::path& file, const LogOutput& output = {});

}  // namespace troupe

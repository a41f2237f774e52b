// Structured log lines. The runtime prints nothing on its own: a host that wants lines gives a sink.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace troupe {

enum class LogLevel : unsigned char { debug, info, warn, error };

// A fact of a line by its name, for machines: {"peer", "node-2"}. runtime/doc/operating.md lists the names.
struct LogField {
  std::string_view name;
  std::string_view value;  // never empty: what is not known has no field
};

// All that it refers to is valid during the call of the sink only: a sink that keeps a line copies it.
struct LogLine {
  LogLevel level;
  std::string_view room;     // which part speaks: "net", "store", "supervise"
  std::string_view message;  // what was tried, on what, what came back: a sentence that needs no field to be understood
  std::span<const LogField> fields = {};  // names are not repeated
};

// Called from any thread; must not block for long and must not throw. Empty: no logging.
using LogSink = std::function<void(const LogLine&)>;

}  // namespace troupe

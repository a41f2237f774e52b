// Structured log lines. The runtime prints nothing on its own: a host that wants lines gives a sink.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace troupe {

enum class LogLevel : unsigned char { debug, info, warn, error };

struct LogLine {
  LogLevel level;
  std::string_view room;     // which part speaks: "net", "store", "supervise"
  std::string_view message;  // what was tried, on what, what came back
};

// Called from any thread; must not block for long and must not throw. Empty: no logging.
using LogSink = std::function<void(const LogLine&)>;

}  // namespace troupe

// Log lines of a node on standard error, as text or one JSON object per line. Written by the thread that logs: what
// this process says before it ends at once (std::_Exit) is out.
#pragma once

#include <troupe/log.h>

namespace demo {

[[nodiscard]] troupe::LogSink log_to_stderr(const std::string& cluster, const std::string& node, bool json);

}  // namespace demo

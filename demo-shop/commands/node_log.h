// Log lines of a node on standard error, as text or one JSON object per line.
#pragma once

#include <troupe/log.h>

namespace demo {

[[nodiscard]] troupe::LogSink log_to_stderr(const std::string& node, bool json);

}  // namespace demo

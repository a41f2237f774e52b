// Lines of a process on standard error: sentences for people, or objects for machines.
#pragma once

#include <string>

#include "gateway/http/access_record.h"
#include "gateway_file.h"
#include "troupe/log.h"

namespace troupe::edge {

// Lines below the level are left out.
[[nodiscard]] LogSink log_to_stderr(const std::string& node, const LogRules& rules);
// A line for each request, whatever the level; empty where none is wanted.
[[nodiscard]] http::AccessSink access_to_stderr(const std::string& node, const LogRules& rules);

}  // namespace troupe::edge

#include "commands/node_log.h"

#include <troupe/log_output.h>

#include <cstdio>

namespace demo {

troupe::LogSink log_to_stderr(const std::string& cluster, const std::string& node, bool json) {
  const troupe::LogOutput output{
      .format = json ? troupe::LogFormat::json : troupe::LogFormat::text, .service = cluster, .node = node};
  return [output](const troupe::LogLine& line) {
    const std::string text = troupe::formatted(line, output);
    // One call, so that lines of several threads stay whole.
    std::fwrite(text.data(), 1, text.size(), stderr);
  };
}

}  // namespace demo

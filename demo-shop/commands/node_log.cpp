#include "commands/node_log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace demo {

namespace {

const char* word(troupe::LogLevel level) {
  switch (level) {
    case troupe::LogLevel::debug: return "debug";
    case troupe::LogLevel::info: return "info";
    case troupe::LogLevel::warn: return "warn";
    case troupe::LogLevel::error: return "error";
  }
  return "unknown";
}

std::string timestamp() {
  using namespace std::chrono;
  const auto now = time_point_cast<milliseconds>(system_clock::now());
  return fmt::format("{:%FT%T}.{:03}Z", fmt::gmtime(system_clock::to_time_t(now)),
                     now.time_since_epoch().count() % 1000);
}

}  // namespace

troupe::LogSink log_to_stderr(const std::string& node, bool json) {
  return [node, json](const troupe::LogLine& line) {
    std::string text;
    if (json) {
      nlohmann::json object = {{"time", timestamp()},
                               {"level", word(line.level)},
                               {"node", node},
                               {"room", line.room},
                               {"message", line.message}};
      for (const troupe::LogField& field : line.fields) object.emplace(std::string(field.name), field.value);
      text = object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    } else {
      text = fmt::format("{} {:<5} {}: {}\n", timestamp(), word(line.level), line.room, line.message);
    }
    // One call, so that lines of several threads stay whole.
    std::fwrite(text.data(), 1, text.size(), stderr);
  };
}

}  // namespace demo

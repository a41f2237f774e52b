#include "log_lines.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace troupe::edge {
namespace {

std::string timestamp() {
  using namespace std::chrono;
  const auto now = time_point_cast<milliseconds>(system_clock::now());
  return fmt::format("{:%FT%T}.{:03}Z", fmt::gmtime(system_clock::to_time_t(now)),
                     now.time_since_epoch().count() % 1000);
}

// One call, so that lines of several threads stay whole.
void put(std::string line) {
  line += '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);
}

void put_json(const nlohmann::ordered_json& object) {
  put(object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

void write_line(const std::string& node, bool json, const LogLine& line) {
  constexpr std::array kLevels = {"debug", "info", "warn", "error"};
  const char* level = kLevels.at(static_cast<std::size_t>(line.level));
  if (!json) return put(fmt::format("{} {:<5} {}: {}", timestamp(), level, line.room, line.message));
  nlohmann::ordered_json object = {
      {"time", timestamp()}, {"level", level}, {"node", node}, {"room", line.room}, {"message", line.message}};
  for (const LogField& field : line.fields) object.emplace(std::string(field.name), field.value);
  put_json(object);
}

void write_access(const std::string& node, bool json, const http::AccessRecord& record) {
  const double ms = std::chrono::duration<double, std::milli>(record.took).count();
  if (json)
    return put_json({{"time", timestamp()},
                     {"level", "info"},
                     {"node", node},
                     {"room", "access"},
                     {"address", record.address},
                     {"method", record.method},
                     {"path", record.path},
                     {"status", record.status},
                     {"bytes", record.bytes},
                     {"ms", ms}});
  const auto shown = [](std::string_view text) { return text.empty() ? std::string_view("-") : text; };
  put(fmt::format("{} info  access: {} {} {} {} {} B {:.3f} ms", timestamp(), record.address, shown(record.method),
                  shown(record.path), record.status, record.bytes, ms));
}

}  // namespace

LogSink log_to_stderr(const std::string& node, const LogRules& rules) {
  return [node, rules](const LogLine& line) {
    if (line.level >= rules.level) write_line(node, rules.json, line);
  };
}

http::AccessSink access_to_stderr(const std::string& node, const LogRules& rules) {
  if (!rules.access) return {};
  return [node, json = rules.json](const http::AccessRecord& record) { write_access(node, json, record); };
}

}  // namespace troupe::edge

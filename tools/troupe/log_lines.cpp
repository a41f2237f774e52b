#include "log_lines.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "show.h"

namespace troupe::tool {
namespace {

// A difference below is nothing that matters for the order of lines.
constexpr std::uint64_t kClockMatters = 100;

}  // namespace

std::string take_place(LogPlace& place, const Json& answer) {
  const std::uint64_t run = number_at(answer, "run"), lost = number_at(answer, "lost");
  std::string said;
  if (place.run != 0 && run != place.run)
    said = "it has started anew; what it wrote before and was not read yet is not in its memory any more";
  else if (lost > 0)
    said = std::to_string(lost) + " lines were not kept until they were read (NodeConfig::logging.kept_lines)";
  place = {run, number_at(answer, "next")};
  return said;
}

void merge(std::vector<NodeLine>& lines) {
  std::stable_sort(lines.begin(), lines.end(), [](const NodeLine& a, const NodeLine& b) {
    return number_at(a.line, "atMs") < number_at(b.line, "atMs");
  });
}

std::string clock_difference(const std::string& node, std::uint64_t node_ms, std::uint64_t asked_ms,
                             std::uint64_t answered_ms) {
  const bool ahead = node_ms > answered_ms;
  const std::uint64_t apart = ahead ? node_ms - answered_ms : node_ms < asked_ms ? asked_ms - node_ms : 0;
  if (apart < kClockMatters) return {};
  return "the clock of " + node + " is " + duration(apart) + (ahead ? " ahead of" : " behind") +
         " this machine's: its lines stand where its own clock puts them";
}

std::string log_text(const NodeLine& one) {
  const Json& line = one.line;
  std::string level = text_at(line, "level");
  level.resize(5, ' ');
  const std::string message = text_at(line, "message");
  std::string more;
  const Json fields = line.value("fields", Json::object());
  for (const auto& [name, value] : fields.items()) {
    const std::string said = value.is_string() ? value.get<std::string>() : value.dump();
    if (name == "node" || message.find(said) != std::string::npos) continue;
    more += (more.empty() ? "  {" : ", ") + name + "=" + said;
  }
  return printable(moment(number_at(line, "atMs")) + " " + one.node + " " + level + " " + text_at(line, "room") + ": " +
                   message + more + (more.empty() ? "" : "}")) +
         "\n";
}

std::string log_json(const NodeLine& one) {
  Json out = {{"node", one.node}};
  out.update(one.line);
  return out.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::uint64_t time_back(const std::string& text) {
  constexpr std::array<std::pair<std::string_view, std::uint64_t>, 5> kUnits = {
      {{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
  std::uint64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string_view unit = std::string_view(text).substr(static_cast<std::size_t>(end - text.data()));
  for (const auto& [name, factor] : kUnits)
    if (problem == std::errc{} && unit == name && value <= 36'600 * kUnits.back().second / factor)
      return value * factor;
  throw usage("--since " + text + ": how far back? 90s, 10m, 2h or 1d");
}

}  // namespace troupe::tool

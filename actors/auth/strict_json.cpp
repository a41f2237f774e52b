#include "auth/strict_json.h"

#include <algorithm>
#include <set>
#include <stdexcept>
#include <vector>

#include "auth/limits.h"

namespace troupe::auth {

std::optional<nlohmann::json> parse_strictly(std::string_view text, std::string& why) {
  using nlohmann::json;
  // The names of each object that is open.
  std::vector<std::set<std::string>> open;
  const json::parser_callback_t watch = [&](int depth, json::parse_event_t event, json& parsed) {
    if (static_cast<std::size_t>(depth) > limits::kMaxJsonDepth)
      throw std::length_error("it is nested more than " + std::to_string(limits::kMaxJsonDepth) + " deep");
    if (event == json::parse_event_t::object_start) open.emplace_back();
    if (event == json::parse_event_t::object_end) open.pop_back();
    if (event == json::parse_event_t::key && !open.back().insert(parsed.get<std::string>()).second)
      throw std::invalid_argument("it has a member twice");
    return true;
  };
  try {
    return json::parse(text.begin(), text.end(), watch);
  } catch (const json::exception&) {
    why = "it is no JSON";  // the parser's own words quote what it read
  } catch (const std::logic_error& e) {
    why = e.what();
  }
  return std::nullopt;
}

bool is_name(std::string_view text, std::size_t most) noexcept {
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  return !text.empty() && text.size() <= most && std::none_of(text.begin(), text.end(), control);
}

}  // namespace troupe::auth

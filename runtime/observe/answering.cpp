#include "observe/answering.h"

#include <charconv>

namespace troupe::observe {
namespace {

constexpr int kWrongMethod = 405;

std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

AdminAnswer ok(const Json& json) { return {200, text_of(json)}; }

AdminAnswer fail(const Error& error, int status) { return {status, text_of({{"error", to_json(error)}})}; }
AdminAnswer fail(const Error& error) { return fail(error, http_status(error.kind())); }

AdminAnswer wrong_method(std::string_view wanted) {
  return fail(Error(ErrorKind::unimplemented, "this path takes " + std::string(wanted) + " requests alone"),
              kWrongMethod);
}

Result<std::string> outcome_of(AdminAnswer answer) {
  if (answer.status < 400) return std::move(answer.json);
  const Json error = Json::parse(answer.json).at("error");
  for (const auto kind : {ErrorKind::invalid, ErrorKind::not_found, ErrorKind::corrupt, ErrorKind::unavailable}) {
    if (to_string(kind) == error.at("kind").get<std::string>()) return Error(kind, error.at("message"));
  }
  return Error(ErrorKind::failed, error.at("message"));
}

Json parsed(const std::string& text) {
  Json json = Json::parse(text, nullptr, false);
  return json.is_discarded() ? Json(text) : json;
}

Result<std::optional<long>> number(const Target& target, const char* name, long low, long high) {
  const auto found = target.query.find(name);
  if (found == target.query.end()) return std::optional<long>();
  const std::string& text = found->second;
  long value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || end != text.data() + text.size() || value < low || value > high)
    return Error(ErrorKind::invalid, std::string(name) + "=" + text.substr(0, 40) + ": a whole number from " +
                                         std::to_string(low) + " to " + std::to_string(high) + " is wanted");
  return std::optional<long>(value);
}

std::string word(const Target& target, const char* name) {
  const auto found = target.query.find(name);
  return found == target.query.end() ? std::string() : found->second;
}

Result<void> only(const Target& target, std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : target.query) {
    bool found = false;
    std::string names;
    for (const auto& each : known) {
      found = found || each == name;
      names += (names.empty() ? "" : ", ") + std::string(each);
    }
    if (!found)
      return Error(ErrorKind::invalid, "unknown parameter '" + name.substr(0, 100) + "'; " +
                                           (names.empty() ? "this path takes none" : "this path takes: " + names));
  }
  return {};
}

}  // namespace troupe::observe

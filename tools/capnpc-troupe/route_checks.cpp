#include "route_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace troupe::schema {
namespace {

bool letter_or_digit(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }
// RFC 3986's unreserved characters.
bool plain(char c) { return letter_or_digit(c) || c == '-' || c == '.' || c == '_' || c == '~'; }
// RFC 9110's token.
bool in_token(char c) {
  return letter_or_digit(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

Complaint check_segment(std::string_view path, std::string_view segment) {
  if (segment.empty()) return fmt::format("\"{}\": a path has no empty segment and does not end with '/'", path);
  if (segment == "." || segment == "..") return fmt::format("\"{}\": a path has no segment '{}'", path, segment);
  const bool opens = segment.front() == '{', closes = segment.back() == '}';
  const auto inner = opens && closes && segment.size() > 2 ? segment.substr(1, segment.size() - 2) : std::string_view();
  if (!inner.empty() && std::all_of(inner.begin(), inner.end(), [](char c) { return letter_or_digit(c) || c == '_'; }))
    return std::nullopt;
  if (segment.find_first_of("{}") != segment.npos)
    return fmt::format("\"{}\": a path parameter is a whole segment, {{name}}; '{}' is none", path, segment);
  if (std::all_of(segment.begin(), segment.end(), plain)) return std::nullopt;
  return fmt::format("\"{}\": a segment has letters, digits, '-', '.', '_' and '~' alone; '{}' has others", path,
                     segment);
}

std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> out;
  for (std::size_t at = 1; at <= path.size();) {
    const auto end = std::min(path.find('/', at), path.size());
    out.push_back(path.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

}  // namespace

Complaint check_path(std::string_view path) {
  if (!path.starts_with('/')) return fmt::format("\"{}\": a path starts with '/': \"/products/{{key}}\"", path);
  if (path == "/") return std::nullopt;
  std::vector<std::string_view> names;
  for (const auto segment : segments_of(path)) {
    if (auto complaint = check_segment(path, segment)) return complaint;
    if (segment.front() != '{') continue;
    if (std::find(names.begin(), names.end(), segment) != names.end())
      return fmt::format("\"{}\": {} stands in the path twice", path, segment);
    names.push_back(segment);
  }
  return std::nullopt;
}

std::vector<std::string> path_names(std::string_view path) {
  std::vector<std::string> out;
  for (const auto segment : segments_of(path))
    if (segment.starts_with('{')) out.emplace_back(segment.substr(1, segment.size() - 2));
  return out;
}

std::string path_shape(std::string_view path) {
  std::string shape;
  for (const auto segment : segments_of(path)) shape += segment.starts_with('{') ? "/{}" : "/" + std::string(segment);
  return shape;
}

Complaint check_version(std::string_view version) {
  const bool good =
      !version.empty() && version != "." && version != ".." && std::all_of(version.begin(), version.end(), plain);
  if (good) return std::nullopt;
  return fmt::format("version \"{}\" is no segment of a path; write one as \"v1\"", version);
}

Complaint check_header_name(std::string_view name) {
  if (!name.empty() && std::all_of(name.begin(), name.end(), in_token)) return std::nullopt;
  return fmt::format("\"{}\" is no name of a header; write one as \"X-Total\"", name);
}

Complaint check_media_types(std::string_view types) {
  // RFC 6838's restricted names, which are shorter than RFC 9110's tokens.
  const auto name = [](std::string_view text) {
    return !text.empty() && text.size() <= 127 && letter_or_digit(text.front()) &&
           std::all_of(text.begin(), text.end(), [](char c) {
             return (letter_or_digit(c) && !std::isupper(static_cast<unsigned char>(c))) ||
                    std::string_view("!#$&-^_.+").find(c) != std::string_view::npos;
           });
  };
  std::vector<std::string_view> known;
  for (std::size_t at = 0; at <= types.size();) {
    const auto end = std::min(types.find(' ', at), types.size());
    const auto type = types.substr(at, end - at);
    const auto slash = std::min(type.find('/'), type.size());
    if (slash == type.size() || !name(type.substr(0, slash)) || !name(type.substr(slash + 1)))
      return fmt::format(
          "\"{}\" is no type of bytes; write those that are taken, parted by single spaces: "
          "\"image/png image/jpeg\"",
          type);
    if (std::find(known.begin(), known.end(), type) != known.end())
      return fmt::format("\"{}\" stands there twice", type);
    known.push_back(type);
    at = end + 1;
  }
  return std::nullopt;
}

Complaint check_date(std::string_view date) {
  const auto number = [&](std::size_t at, std::size_t count) {
    int value = 0;
    for (const char c : date.substr(at, count))
      value = std::isdigit(static_cast<unsigned char>(c)) ? value * 10 + (c - '0') : -10'000;
    return value;
  };
  const bool form = date.size() == 10 && date[4] == '-' && date[7] == '-';
  constexpr int kDays[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (form) {
    const int year = number(0, 4), month = number(5, 2), day = number(8, 2);
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (year >= 1970 && month >= 1 && month <= 12 && day >= 1 && day <= kDays[month - 1] &&
        (month != 2 || day != 29 || leap))
      return std::nullopt;
  }
  return fmt::format("\"{}\" is no date; write one as \"2026-11-01\"", date);
}

Complaint check_words(std::string_view what, std::string_view words) {
  const bool parted = !words.empty() && words.front() != ' ' && words.back() != ' ' && words.find("  ") == words.npos;
  // RFC 6749's scope-token, which roles keep to as well.
  const bool good =
      std::all_of(words.begin(), words.end(), [](char c) { return c >= 0x20 && c <= 0x7e && c != '"' && c != '\\'; });
  if (parted && good) return std::nullopt;
  return fmt::format("{0} \"{1}\": write one {0}, or several parted by single spaces", what, words);
}

Complaint check_rate(std::uint32_t per_minute, std::uint32_t burst) {
  constexpr std::uint32_t kMost = 1'000'000;
  if (per_minute == 0 || per_minute > kMost)
    return fmt::format("perMinute is {}; write 1 to 1000000, or remove the limit", per_minute);
  if (burst > kMost) return fmt::format("burst is {}; write 1 to 1000000, or leave it out", burst);
  return std::nullopt;
}

Complaint check_status(unsigned status) {
  if (status >= 200 && status <= 299 && status != 205 && status != 206) return std::nullopt;
  return fmt::format("status {} is none of a success; write one of 200 to 299, and neither 205 nor 206", status);
}

}  // namespace troupe::schema

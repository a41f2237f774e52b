#include "show.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>

namespace troupe::tool {
namespace {

// Characters, not bytes: what a column of a terminal counts, for most scripts.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789.-") == std::string_view::npos;
}

std::string one_decimal(double value, const char* unit) {
  char text[40];
  std::snprintf(text, sizeof text, "%.1f %s", value, unit);
  return text;
}

}  // namespace

std::string Table::text() const {
  const std::size_t columns = rows_.front().size();
  std::vector<std::size_t> widths(columns);
  std::vector<bool> right(columns, rows_.size() > 1);
  std::vector<std::vector<std::string>> shown;
  for (std::size_t r = 0; r < rows_.size(); ++r) {
    auto& row = shown.emplace_back();
    for (std::size_t c = 0; c < columns; ++c) {
      row.push_back(c < rows_[r].size() ? printable(rows_[r][c]) : std::string());
      widths[c] = std::max(widths[c], width(row[c]));
      if (r > 0 && !is_number(row[c])) right[c] = false;
    }
  }
  std::string out;
  for (const auto& row : shown) {
    std::string line;
    for (std::size_t c = 0; c < columns; ++c) {
      const std::string gap(widths[c] - width(row[c]), ' ');
      line += (c == 0 ? "" : "  ") + (right[c] ? gap + row[c] : row[c] + gap);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
  }
  return out;
}

std::string dumped(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

const Json& array_at(const Json& object, const char* name) {
  static const Json none = Json::array();
  const auto found = object.find(name);
  return found != object.end() && found->is_array() ? *found : none;
}

std::string text_at(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return {};
  return found->is_string() ? found->get<std::string>() : found->dump();
}

std::uint64_t number_at(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number_integer()) return 0;
  const bool negative = !found->is_number_unsigned() && found->get<std::int64_t>() < 0;
  return negative ? 0 : found->get<std::uint64_t>();
}

std::string duration(std::uint64_t ms) {
  if (ms < 1000) return std::to_string(ms) + " ms";
  const std::uint64_t s = ms / 1000;
  if (s < 60) return one_decimal(static_cast<double>(ms) / 1000, "s");
  const auto two = [](std::uint64_t a, const char* unit, std::uint64_t b, const char* smaller) {
    return std::to_string(a) + unit + std::to_string(b) + smaller;
  };
  if (s < 3600) return two(s / 60, " min ", s % 60, " s");
  if (s < 86'400) return two(s / 3600, " h ", s / 60 % 60, " min");
  return two(s / 86'400, " d ", s / 3600 % 24, " h");
}

std::string moment(std::uint64_t ms) {
  const auto seconds = static_cast<std::time_t>(ms / 1000);
  std::tm utc{};
  if (::gmtime_r(&seconds, &utc) == nullptr) return std::to_string(ms);
  char date[64], text[80];
  std::strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S", &utc);
  std::snprintf(text, sizeof text, "%s.%03uZ", date, static_cast<unsigned>(ms % 1000));
  return text;
}

std::uint64_t now_ms() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
}

std::string ago(std::uint64_t ms) {
  const std::uint64_t now = now_ms();
  return duration(now > ms ? now - ms : 0);
}

std::string size(std::uint64_t bytes) {
  const auto value = static_cast<double>(bytes);
  if (bytes < 1000) return std::to_string(bytes) + " B";
  if (bytes < 1'000'000) return one_decimal(value / 1e3, "kB");
  if (bytes < 1'000'000'000) return one_decimal(value / 1e6, "MB");
  return one_decimal(value / 1e9, "GB");
}

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f) {
      out += c;
    } else {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\x%02x", byte);
      out += escaped;
    }
  }
  return out;
}

}  // namespace troupe::tool

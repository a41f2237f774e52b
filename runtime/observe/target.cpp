#include "observe/target.h"

#include <charconv>
#include <optional>

namespace troupe::observe {
namespace {

std::optional<std::string> decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    unsigned value = 0;
    const std::string_view digits = text.substr(i + 1, 2);
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.size() != 2 || problem != std::errc{} || end != digits.data() + 2) return std::nullopt;
    out += static_cast<char>(value);
    i += 2;
  }
  return out;
}

// Cuts `text` at `separator` and hands each piece to `take`, which returns false to stop.
template <class Take>
bool split(std::string_view text, char separator, Take take) {
  while (true) {
    const auto end = text.find(separator);
    if (!take(text.substr(0, end))) return false;
    if (end == std::string_view::npos) return true;
    text.remove_prefix(end + 1);
  }
}

Error malformed(const std::string& why) { return Error(ErrorKind::invalid, "cannot read the request's path: " + why); }

}  // namespace

Result<Target> parse_target(std::string_view text) {
  if (!text.starts_with('/')) return malformed("it begins with a slash, as in /actors");
  const auto question = text.find('?');
  const std::string_view path = text.substr(1, question == std::string_view::npos ? question : question - 1);
  const Error bad_percent = malformed("a percent sign is followed by two hexadecimal digits, as in %2F");

  Target target;
  const bool path_decoded = split(path, '/', [&](std::string_view part) {
    auto decoded = decode(part);
    if (decoded) target.path.push_back(std::move(*decoded));
    return decoded.has_value();
  });
  if (!path_decoded) return bad_percent;
  if (question == std::string_view::npos) return target;

  std::optional<Error> error;
  split(text.substr(question + 1), '&', [&](std::string_view pair) {
    if (pair.empty()) return true;
    const auto equals = pair.find('=');
    auto name = decode(pair.substr(0, equals));
    auto value = decode(equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1));
    if (!name || !value) {
      error = bad_percent;
    } else if (!target.query.emplace(*name, *value).second) {
      error = malformed("'" + *name + "' is given twice");
    }
    return !error;
  });
  if (error) return *error;
  return target;
}

std::string percent_encode(std::string_view text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9');
    if (plain || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return out;
}

}  // namespace troupe::observe

#include "tls/deny_list.h"

#include <cstring>

#include "tls/files.h"

namespace troupe::tls {
namespace {

constexpr std::string_view kBlank = " \t\r";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(kBlank);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

// As OpenSSL and this room print it; empty: no number. "0a:01" and "0x0A01" are the same one.
std::string serial_of(std::string_view text) {
  if (text.starts_with("0x") || text.starts_with("0X")) text.remove_prefix(2);
  std::string out;
  for (const char c : text) {
    if (c == ':') continue;
    if (!std::strchr("0123456789abcdefABCDEF", c) || c == '\0') return {};
    const char digit = c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
    if (!out.empty() || digit != '0') out += digit;
  }
  return out.empty() && !text.empty() ? "0" : out;
}

}  // namespace

Result<DenyList> DenyList::parse(std::string_view text, const std::filesystem::path& file) {
  DenyList out;
  std::size_t number = 0;
  while (!text.empty()) {
    ++number;
    const auto end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    line = trimmed(line);
    if (line.empty() || line.front() == '#') continue;
    const auto wrong = [&](const std::string& why) {
      return Error(ErrorKind::invalid, file.string() + ":" + std::to_string(number) + ": " + why +
                                           "; a line of a deny list is `serial HEX` or `node NAME`");
    };
    const auto space = line.find_first_of(kBlank);
    const std::string_view word = line.substr(0, space);
    const std::string_view value = space == line.npos ? std::string_view() : trimmed(line.substr(space));
    if (value.empty()) return wrong("'" + std::string(line.substr(0, 80)) + "' denies nobody");
    if (word == "node") {
      out.nodes_.emplace(value);  // a comment after it would be part of a name
    } else if (word == "serial") {
      std::string serial = serial_of(trimmed(value.substr(0, value.find('#'))));
      if (serial.empty()) return wrong("'" + std::string(value.substr(0, 80)) + "' is no serial number");
      out.serials_.insert(std::move(serial));
    } else {
      return wrong("'" + std::string(word.substr(0, 80)) + "' is not known");
    }
  }
  return out;
}

Result<DenyList> DenyList::load(const std::filesystem::path& file, bool may_be_missing) {
  if (file.empty()) return DenyList();
  std::error_code failure;
  if (may_be_missing && !std::filesystem::exists(file, failure) && !failure) return DenyList();
  auto text = read_file(file, "the deny list", kMaxDenyListBytes);
  if (!text) return text.error();
  return parse(*text, file);
}

}  // namespace troupe::tls

#include "auth/http/form_body.h"

#include <algorithm>
#include <cstdint>

#include "auth/encoding.h"
#include "auth/http/limits.h"
#include "auth/limits.h"

namespace troupe::auth::web {
namespace {

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Nothing: it is none.
std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '+') {
      out += ' ';
    } else if (c != '%') {
      if (static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7f) return std::nullopt;
      out += c;
    } else {
      const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  if (out.find('\0') != out.npos || !is_utf8(out)) return std::nullopt;
  return out;
}

Error refused(std::string why) { return Error(ErrorKind::invalid, "the form " + std::move(why)); }

}  // namespace

Result<FormBody> FormBody::read(std::string_view text) {
  if (text.size() > kMaxFormBytes)
    return refused("has " + std::to_string(text.size()) + " bytes; " + std::to_string(kMaxFormBytes) + " are the most");
  FormBody out;
  while (!text.empty()) {
    const auto end = std::min(text.find('&'), text.size());
    const std::string_view one = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (one.empty()) continue;
    const auto equals = std::min(one.find('='), one.size());
    auto name = decoded(one.substr(0, equals));
    auto value = decoded(one.substr(std::min(equals + 1, one.size())));
    if (!name || !value) return refused("has a byte or an escape that no form has, or what is no UTF-8");
    if (name->empty()) return refused("has a parameter without a name");
    for (const Pair& known : out.pairs_)
      if (known.name == *name) return refused("has a parameter twice");
    if (out.pairs_.size() == limits::kMaxParameters)
      return refused("has more than " + std::to_string(limits::kMaxParameters) + " parameters");
    out.pairs_.push_back({std::move(*name), std::move(*value)});
  }
  return out;
}

std::string_view FormBody::get(std::string_view name) const noexcept {
  for (const Pair& pair : pairs_)
    if (pair.name == name) return pair.value;
  return {};
}

void FormBody::set(std::string_view name, std::string value) {
  for (Pair& pair : pairs_)
    if (pair.name == name) return void(pair.value = std::move(value));
  pairs_.push_back({std::string(name), std::move(value)});
}

void FormBody::remove(std::string_view name) {
  std::erase_if(pairs_, [&](const Pair& pair) { return pair.name == name; });
}

std::string FormBody::text() const {
  std::string out;
  for (const Pair& pair : pairs_) {
    if (!out.empty()) out += '&';
    out += percent_encoded(pair.name) + '=' + percent_encoded(pair.value);
  }
  return out;
}

BodyKind kind_of_body(const http::Request& request) {
  std::size_t fields = 0;
  for (std::size_t i = 0; i < request.headers.size(); ++i)
    if (http::same_name(request.headers[i].name, "Content-Type")) ++fields;
  if (fields != 1) return BodyKind::other;
  std::string_view type = *request.headers.find("Content-Type");
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  if (http::same_name(type, "application/x-www-form-urlencoded")) return BodyKind::form;
  return http::same_name(type, "application/json") ? BodyKind::json : BodyKind::other;
}

bool is_utf8(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const std::size_t size = first < 0x80 ? 1 : first >> 5 == 6 ? 2 : first >> 4 == 14 ? 3 : first >> 3 == 30 ? 4 : 0;
    if (size == 0 || size > text.size() - i) return false;
    std::uint32_t point = size == 1 ? first : first & (0x7fu >> size);
    for (std::size_t k = 1; k < size; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if (next >> 6 != 2) return false;
      point = point << 6 | (next & 0x3fu);
    }
    constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
    if (point < kLeast[size] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return false;
    i += size;
  }
  return true;
}

}  // namespace troupe::auth::web

#include <fmt/format.h>

#include <cmath>

#include "gateway/base64.h"
#include "gateway/json_shape.h"

namespace troupe::gateway {
namespace {

// How many bytes of a well-formed character begin at `at`; 0: it is none.
std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto more = [&](std::size_t i, unsigned least = 0x80, unsigned most = 0xbf) {
    return byte(i) >= least && byte(i) <= most;
  };
  const unsigned first = byte(at);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return more(at + 1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef)
    return more(at + 1, first == 0xe0 ? 0xa0 : 0x80, first == 0xed ? 0x9f : 0xbf) && more(at + 2) ? 3 : 0;
  if (first >= 0xf0 && first <= 0xf4)
    return more(at + 1, first == 0xf0 ? 0x90 : 0x80, first == 0xf4 ? 0x8f : 0xbf) && more(at + 2) && more(at + 3) ? 4
                                                                                                                  : 0;
  return 0;
}

// A character that stands in JSON as it is.
constexpr bool is_plain(char c) noexcept {
  return c >= 0x20 && c != '"' && c != '\\' && static_cast<unsigned char>(c) < 0x80;
}

void write_float(double value, std::string& out) {
  if (std::isfinite(value))
    fmt::format_to(std::back_inserter(out), "{}", value);
  else
    out += std::isnan(value) ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
}

template <class Data>
std::span<const unsigned char> bytes_of(const Data& data) {
  return {data.begin(), data.size()};
}

std::string enumerant(capnp::DynamicEnum value) {
  KJ_IF_MAYBE (known, value.getEnumerant()) {
    return std::string(known->getProto().getName());
  }
  return std::to_string(value.getRaw());  // of a later schema
}

void write_value(capnp::DynamicValue::Reader value, const JsonShape* inner, std::string& out) {
  switch (value.getType()) {
    case capnp::DynamicValue::BOOL: out += value.as<bool>() ? "true" : "false"; break;
    case capnp::DynamicValue::INT: fmt::format_to(std::back_inserter(out), "{}", value.as<std::int64_t>()); break;
    case capnp::DynamicValue::UINT: fmt::format_to(std::back_inserter(out), "{}", value.as<std::uint64_t>()); break;
    case capnp::DynamicValue::FLOAT: write_float(value.as<double>(), out); break;
    case capnp::DynamicValue::TEXT: {
      const auto text = value.as<capnp::Text>();
      write_json_text({text.begin(), text.size()}, out);
      break;
    }
    case capnp::DynamicValue::DATA:
      out += '"';
      out += base64(bytes_of(value.as<capnp::Data>()), Base64::standard);
      out += '"';
      break;
    case capnp::DynamicValue::ENUM: write_json_text(enumerant(value.as<capnp::DynamicEnum>()), out); break;
    case capnp::DynamicValue::LIST: {
      out += '[';
      bool first = true;
      for (auto element : value.as<capnp::DynamicList>()) {
        if (!std::exchange(first, false)) out += ',';
        write_value(element, inner, out);
      }
      out += ']';
      break;
    }
    case capnp::DynamicValue::STRUCT: inner->write(value.as<capnp::DynamicStruct>(), out); break;
    default: out += "null";
  }
}

}  // namespace

void write_json_text(std::string_view text, std::string& out) {
  out += '"';
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t from = at;
    while (at < text.size() && is_plain(text[at])) ++at;
    out.append(text, from, at - from);
    if (at == text.size()) break;
    const auto c = static_cast<unsigned char>(text[at]);
    if (c >= 0x80) {
      const std::size_t length = utf8_length(text, at);
      if (length == 0)
        out += "\xef\xbf\xbd";
      else
        out.append(text, at, length);
      at += std::max<std::size_t>(length, 1);
      continue;
    }
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default: fmt::format_to(std::back_inserter(out), "\\u{:04x}", c);
    }
    ++at;
  }
  out += '"';
}

void JsonShape::write(capnp::DynamicStruct::Reader value, std::string& out) const {
  out += '{';
  bool first = true;
  for (const Member& member : members_) {
    if (member.in_union && !value.has(member.field, capnp::HasMode::NON_NULL)) {
      KJ_IF_MAYBE (set, value.which()) {
        if (!(*set == member.field)) continue;
      } else
        continue;
    }
    if (!std::exchange(first, false)) out += ',';
    out += member.quoted;
    // Not the default's members in its place: of a type that holds itself they would never end.
    if (member.is_struct && !value.has(member.field))
      out += "null";
    else if (member.in_union && member.field.getType().isVoid())
      out += "true";
    else
      write_value(value.get(member.field), member.inner, out);
  }
  out += '}';
}

void write_word(capnp::DynamicValue::Reader value, std::string& out) {
  switch (value.getType()) {
    case capnp::DynamicValue::TEXT: {
      const auto text = value.as<capnp::Text>();
      out.append(text.begin(), text.size());
      break;
    }
    case capnp::DynamicValue::DATA: out += base64(bytes_of(value.as<capnp::Data>()), Base64::url); break;
    case capnp::DynamicValue::ENUM: out += enumerant(value.as<capnp::DynamicEnum>()); break;
    case capnp::DynamicValue::FLOAT: fmt::format_to(std::back_inserter(out), "{}", value.as<double>()); break;
    default: write_value(value, nullptr, out);
  }
}

}  // namespace troupe::gateway

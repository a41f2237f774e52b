#include "base/trace_context.h"

#include "troupe/tracing.h"

namespace troupe {
namespace {

constexpr std::size_t kVersionEnd = 2, kTraceEnd = 35, kSpanEnd = 52, kHeaderBytes = 55;

bool is_lower_hex(char c) noexcept { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

std::uint8_t digit(char c) noexcept { return static_cast<std::uint8_t>(c <= '9' ? c - '0' : c - 'a' + 10); }

// Of as many digits as `into` takes; false: they are none.
bool read_hex(std::string_view digits, std::span<std::uint8_t> into) noexcept {
  if (digits.size() != 2 * into.size() || !std::all_of(digits.begin(), digits.end(), is_lower_hex)) return false;
  for (std::size_t i = 0; i < into.size(); ++i)
    into[i] = static_cast<std::uint8_t>(digit(digits[2 * i]) << 4 | digit(digits[2 * i + 1]));
  return true;
}

void append_hex(std::string& out, std::span<const std::uint8_t> bytes) {
  constexpr const char* kDigits = "0123456789abcdef";
  for (const std::uint8_t byte : bytes) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
}

}  // namespace

std::string_view to_string(SpanKind kind) noexcept {
  switch (kind) {
    case SpanKind::internal: return "internal";
    case SpanKind::server: return "server";
    case SpanKind::client: return "client";
    case SpanKind::producer: return "producer";
    case SpanKind::consumer: return "consumer";
  }
  return "internal";
}

// Version, trace id, span id, flags: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".
TraceContext TraceContext::of_traceparent(std::string_view header) noexcept {
  if (header.size() < kHeaderBytes) return {};
  std::uint8_t version[1];
  if (!read_hex(header.substr(0, kVersionEnd), version) || version[0] == 0xff) return {};
  if (header.size() > kHeaderBytes && (version[0] == 0 || header[kHeaderBytes] != '-')) return {};
  if (header[kVersionEnd] != '-' || header[kTraceEnd] != '-' || header[kSpanEnd] != '-') return {};
  TraceContext out;
  const bool read = read_hex(header.substr(kVersionEnd + 1, 32), out.trace_id) &&
                    read_hex(header.substr(kTraceEnd + 1, 16), out.span_id) &&
                    read_hex(header.substr(kSpanEnd + 1, 2), {&out.flags, 1});
  return read && any(out.span_id) && any(out.trace_id) ? out : TraceContext{};
}

std::string TraceContext::traceparent() const {
  std::string out;
  out.reserve(kHeaderBytes);
  out += "00-";
  append_hex(out, trace_id);
  out += '-';
  append_hex(out, span_id);
  out += '-';
  append_hex(out, {&flags, 1});
  return out;
}

}  // namespace troupe

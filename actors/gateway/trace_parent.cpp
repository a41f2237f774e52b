#include "gateway/trace_parent.h"

#include <algorithm>
#include <cstdio>
#include <random>

namespace troupe::gateway {
namespace {

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}
bool is_zero(std::string_view text) { return text.find_first_not_of('0') == text.npos; }

}  // namespace

std::string_view trace_id_in(std::string_view text) noexcept {
  // version "-" trace-id "-" parent-id "-" flags
  if (text.size() < 55 || text[2] != '-' || text[35] != '-' || text[52] != '-') return {};
  const auto version = text.substr(0, 2), trace = text.substr(3, 32), parent = text.substr(36, 16),
             flags = text.substr(53, 2);
  if (!is_hex(version) || version == "ff" || !is_hex(trace) || !is_hex(parent) || !is_hex(flags)) return {};
  if (is_zero(trace) || is_zero(parent)) return {};
  if (version == "00" ? text.size() != 55 : text.size() > 55 && text[55] != '-') return {};
  return trace;
}

std::string trace_of(const http::Request& request) {
  if (const auto parent = request.headers.find("traceparent"))
    if (const auto trace = trace_id_in(*parent); !trace.empty()) return std::string(trace);
  // Names a request among many, and guards nothing.
  thread_local std::mt19937_64 chance{std::random_device{}()};
  char text[33];
  std::snprintf(text, sizeof text, "%016llx%016llx", static_cast<unsigned long long>(chance()),
                static_cast<unsigned long long>(chance() | 1));
  return text;
}

}  // namespace troupe::gateway

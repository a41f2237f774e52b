#include "gateway/idempotency_key.h"

#include <algorithm>
#include <span>

#include "gateway/base64.h"
#include "gateway/digest.h"

namespace troupe::gateway {
namespace {

constexpr std::string_view kHeader = "Idempotency-Key";

Error bad(const std::string& why) {
  return Error(ErrorKind::invalid,
               "the header Idempotency-Key " + why + "; send 1 to " + std::to_string(kMaxIdempotencyKeyBytes) +
                   " visible characters of ASCII, another text for each request and the same when it is sent again");
}

// RFC 8941's string, or the text itself; nothing: quotes that do not end, or something behind them.
std::optional<std::string> unquoted(std::string_view value) {
  if (!value.starts_with('"')) return std::string(value);
  std::string out;
  for (std::size_t i = 1; i < value.size(); ++i) {
    if (value[i] == '"') return i + 1 == value.size() ? std::optional(out) : std::nullopt;
    if (value[i] == '\\') {
      if (++i == value.size() || (value[i] != '"' && value[i] != '\\')) return std::nullopt;
    }
    out += value[i];
  }
  return std::nullopt;
}

}  // namespace

Result<std::optional<std::string>> idempotency_key_of(const http::Request& request) {
  std::optional<std::string_view> value;
  for (std::size_t i = 0; i < request.headers.size(); ++i) {
    const auto field = request.headers[i];
    if (!http::same_name(field.name, kHeader)) continue;
    if (value) return bad("is given twice");
    value = field.value;
  }
  if (!value) return std::optional<std::string>();
  auto key = unquoted(*value);
  if (!key) return bad("begins with a quote and is no quoted text");
  if (key->empty()) return bad("is empty");
  if (key->size() > kMaxIdempotencyKeyBytes) return bad("has " + std::to_string(key->size()) + " characters");
  if (!std::all_of(key->begin(), key->end(), [](char c) { return c >= 0x20 && c <= 0x7e; }))
    return bad("has characters that no key has");
  return key;
}

std::string key_id(std::string_view caller, std::string_view key) {
  const std::string hash = Digest().add(caller).add(key).end();
  return base64(std::span(reinterpret_cast<const unsigned char*>(hash.data()), hash.size()), Base64::url);
}

std::string fingerprint_of(const Route& route, const http::Request& request) {
  Digest digest;
  digest.add(request.method).add(request.target.raw).add(request.body);
  for (const auto& one : route.in_headers) {
    const auto value = request.headers.find(one.name);
    digest.add(one.name).add(value ? "1" : "0").add(value.value_or(std::string_view()));
  }
  return digest.end();
}

}  // namespace troupe::gateway

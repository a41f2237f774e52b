// Conditional requests (RFC 9110, 13): tags of what is served, and whether the peer has it or may change it. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/http/request.h"
#include "gateway/http/response.h"

namespace troupe::http {

// A strong tag of these bytes, in its quotes: as long as they are the same.
[[nodiscard]] std::string etag_of(std::string_view bytes);

// What is there now. Neither: nothing is.
struct Validators {
  std::string_view etag{};                      // with its quotes; empty: it has none
  std::optional<std::int64_t> last_modified{};  // seconds since the Unix epoch
};
enum class Verdict : unsigned char {
  proceed,
  not_modified,  // 304: not_modified() makes it
  failed,        // 412
};
// If-Match, If-Unmodified-Since, If-None-Match and If-Modified-Since, in the order that RFC 9110, 13.2.2 has.
[[nodiscard]] Verdict judge(const Request& request, const Validators& now);
// Of the tags in a list such as `"a", W/"b"` or `*`, one is `etag`; `strong`: neither may be weak.
[[nodiscard]] bool has_etag(std::string_view list, std::string_view etag, bool strong);
// 304 with those fields of `full` that it keeps.
[[nodiscard]] Response not_modified(const Response& full);

}  // namespace troupe::http

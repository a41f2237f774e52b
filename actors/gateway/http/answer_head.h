// The header of an answer as bytes, and whether a handler's answer may be sent at all. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/http/response.h"
#include "gateway/http/server.h"

namespace troupe::http {

// Empty: it may be sent.
[[nodiscard]] std::string why_not_sent(const Response& response);
[[nodiscard]] bool has_no_body(int status) noexcept;  // 204 and 304

struct HeadFrame {
  bool close = false;
  bool says_keep_alive = false;  // to HTTP/1.0, which closes unless told
  bool chunked = false;
  std::optional<std::uint64_t> length;
};

// Fields that every answer gets, made into text once.
class CommonFields {
 public:
  CommonFields() = default;
  CommonFields(const SecurityHeaders& headers, bool secure);
  void append(std::string& to, const Headers& but_those) const;
  // Of all of them.
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  struct Named {
    std::string name;
    std::string line;
  };
  std::vector<Named> fields_;
  std::size_t bytes_ = 0;
};

void append_head(std::string& to, const Response& response, const HeadFrame& frame, std::string_view date,
                 const CommonFields& common);

// "Sun, 06 Nov 1994 08:49:37 GMT", and back; nothing: another text.
[[nodiscard]] std::string http_date(std::int64_t unix_seconds);
[[nodiscard]] std::optional<std::int64_t> from_http_date(std::string_view text);

}  // namespace troupe::http

// Looks at the bytes of a request's header before any parser does, and refuses what parsers read differently: that is
// what smuggling lives on. Also holds the limits of a header while it arrives. Pure; one for each request.
//
//   request-line CRLF *( field-name ":" OWS value OWS CRLF ) CRLF
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/http/limits.h"

namespace troupe::http {

// Why a request is not taken: what its sender is answered, and the connection is closed behind it.
struct Refused {
  int status;
  std::string_view why;
};

// What stands in a header that has passed.
struct HeadFacts {
  bool http11 = true;
  bool chunked = false;
  std::optional<std::uint64_t> content_length;
  bool has_host = false;
  std::size_t host_at = 0;  // the field's value within the header
  std::size_t host_size = 0;
};

class HeadCheck {
 public:
  explicit HeadCheck(const Limits& limits) noexcept : limits_(&limits) {}

  enum class State : unsigned char { more, whole, refused };
  // `bytes`: all that has arrived of the request from its first byte on, each time. Each is looked at once.
  State look(std::string_view bytes);

  // After `whole`: bytes of the header, its last empty line included.
  [[nodiscard]] std::size_t size() const noexcept { return at_; }
  [[nodiscard]] const HeadFacts& facts() const noexcept { return facts_; }
  // After `refused`.
  [[nodiscard]] const Refused& refused() const noexcept { return *refused_; }

 private:
  State refuse(int status, std::string_view why);
  bool take_request_line(std::string_view line);
  bool take_field(std::string_view line, std::size_t at);
  bool take_special(std::string_view name, std::string_view value, std::size_t at);
  bool finish();

  const Limits* limits_;
  std::size_t at_ = 0;        // the begin of the line that is not whole yet
  std::size_t searched_ = 0;  // no line end before it
  std::size_t lines_ = 0;
  bool has_length_ = false;
  bool has_encoding_ = false;
  HeadFacts facts_;
  std::optional<Refused> refused_;
};

// The fields behind the last chunk, each line with its CRLF: whether they are written as a header's are.
[[nodiscard]] std::optional<Refused> check_trailers(std::string_view lines, const Limits& limits);

}  // namespace troupe::http

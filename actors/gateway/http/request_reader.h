// Bytes of a connection become requests: HeadCheck looks first, then Boost.Beast parses. Pure: no socket, no clock. One
// for each connection; on its thread.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "gateway/http/head_check.h"
#include "gateway/http/request.h"

namespace troupe::http {

class RequestReader {
 public:
  explicit RequestReader(const Limits& limits);
  ~RequestReader();
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;

  enum class State : unsigned char {
    more,     // bytes are wanted
    body,     // the header has just become whole and a body follows: once for a request, then go on
    request,  // one is whole: take() it
    refused,  // no more is read of this connection
  };
  // Takes bytes of `bytes` from the front, and says how many. What is left is given again, with more behind it.
  State read(std::string_view bytes, std::size_t& taken);

  // After `request`; the next read() begins another.
  [[nodiscard]] Request take();
  // After `refused`.
  [[nodiscard]] const Refused& refused() const noexcept { return *refused_; }
  // Whether the request that is being read has begun, and whether its header is whole.
  [[nodiscard]] bool has_begun() const noexcept { return begun_; }
  [[nodiscard]] bool in_body() const noexcept { return parser_ != nullptr; }

  // From `body` on, of the request that is being read or was last.
  [[nodiscard]] bool keeps_alive() const noexcept { return keeps_alive_; }
  // Waits for "100 Continue" before it sends its body.
  [[nodiscard]] bool expects_continue() const noexcept { return expects_continue_; }
  [[nodiscard]] const Request& request() const noexcept { return request_; }

 private:
  class Parser;
  State refuse(int status, std::string_view why);
  State read_head(std::string_view bytes, std::size_t& taken);
  State read_body(std::string_view bytes, std::size_t& taken);
  bool judge_head(std::string_view head);
  State finish();

  const Limits& limits_;
  HeadCheck check_;
  std::size_t empty_lines_ = 0;
  bool begun_ = false;
  bool keeps_alive_ = false;
  bool expects_continue_ = false;
  Request request_;
  std::size_t wanted_ = 1;          // of a body, before it is looked at again
  std::unique_ptr<Parser> parser_;  // while a body is read
  std::optional<Refused> refused_;
};

}  // namespace troupe::http

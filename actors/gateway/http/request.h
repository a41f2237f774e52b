// A request that has arrived whole and keeps to the letter of RFC 9110 and 9112; what does not was answered by the
// server. A value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/http/headers.h"

namespace troupe::http {

// What a request asks for, taken apart. Percent codes are decoded but for %2F in `path`, so that a slash there always
// parts two segments. There is no segment "." or "..", and no byte 0.
struct Target {
  std::string raw;    // path and query as they came
  std::string path;   // begins with '/'; "*" for OPTIONS *
  std::string query;  // as it came, without '?'

  // Between slashes, each decoded whole: "/a%2Fb/c" gives "a/b" and "c". The path "/" gives one that is empty.
  [[nodiscard]] std::vector<std::string> segments() const;
  // "a=1&b=x+y" gives {"a", "1"} and {"b", "x y"}, in their order.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> parameters() const;
};

struct Peer {
  std::string address;  // "127.0.0.1", "2001:db8::1"
  std::uint16_t port = 0;
};

struct Request {
  std::string method;  // as it came: methods have case
  Target target;
  std::string host;  // "shop.example:8080": of an absolute target, else of Host; empty only with HTTP/1.0
  Headers headers;
  std::string body;  // whole, chunks joined
  Peer peer;
  bool secure = false;  // came by TLS
  bool http11 = true;   // else 1.0

  // GET, HEAD and OPTIONS change nothing: several of one connection may run at once.
  [[nodiscard]] bool is_safe() const noexcept { return method == "GET" || method == "HEAD" || method == "OPTIONS"; }
  // Whether it asks to become a WebSocket; Responder::accept() says no to one that asks wrongly.
  [[nodiscard]] bool wants_websocket() const;
};

}  // namespace troupe::http

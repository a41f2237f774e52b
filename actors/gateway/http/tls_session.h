// One connection's TLS: OpenSSL between bytes and bytes, without a socket. On the connection's thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "gateway/http/tls_context.h"

struct ssl_st;

namespace troupe::http {

class TlsSession {
 public:
  explicit TlsSession(std::shared_ptr<const TlsContext> context);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  enum class State : unsigned char { good, ended, broken };
  // What came from the socket: plain bytes, and what goes back to the socket (an alert, too, when it is broken).
  State open(std::string_view from_socket, std::string& plain, std::string& to_socket);
  bool seal(std::string_view plain, std::string& to_socket);
  void close(std::string& to_socket);
  [[nodiscard]] bool established() const noexcept { return established_; }

 private:
  void take_written(std::string& to_socket);
  const std::shared_ptr<const TlsContext> context_;
  ssl_st* const ssl_;
  bool established_ = false;
};

}  // namespace troupe::http

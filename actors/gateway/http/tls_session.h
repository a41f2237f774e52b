// One connection's TLS: OpenSSL between bytes and bytes, without a socket. On the connection's thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "gateway/http/tls_context.h"

struct ssl_st;
struct bio_st;

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
  // Of one call.
  struct Pipe {
    std::string_view in;
    std::string* out = nullptr;
  };
  static int read(bio_st* bio, char* to, int size);
  static int write(bio_st* bio, const char* from, int size);
  static long control(bio_st* bio, int command, long number, void* pointer);

  const std::shared_ptr<const TlsContext> context_;
  Pipe pipe_;
  ssl_st* const ssl_;
  bool established_ = false;
};

}  // namespace troupe::http

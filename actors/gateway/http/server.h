// An HTTP/1.1 server in this process: sockets, TLS, limits, and the letter of RFC 9110 and 9112. What a request means
// is its handler's. actors/gateway/doc/http.md says what it promises.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/http/access_record.h"
#include "gateway/http/limits.h"
#include "gateway/http/request.h"
#include "gateway/http/responder.h"
#include "gateway/http/tls_files.h"
#include "troupe/duration.h"
#include "troupe/error.h"
#include "troupe/log.h"

namespace troupe::http {

// Called on the connection's thread, which serves others: it must not block. It answers at once or keeps the responder
// and answers from anywhere. What it throws is logged, and the peer gets 500. Several threads call it at once.
using Handler = std::function<void(Request, Responder)>;

// Fields of every answer that does not have them itself; an empty one is left out.
struct SecurityHeaders {
  std::string content_type_options = "nosniff";  // X-Content-Type-Options
  std::string frame_options = "DENY";            // X-Frame-Options
  std::string referrer_policy = "no-referrer";   // Referrer-Policy
  std::string content_security_policy{};         // Content-Security-Policy
  std::string cross_origin_resource_policy{};    // Cross-Origin-Resource-Policy
  std::string strict_transport_security{};       // Strict-Transport-Security, with TLS alone

  [[nodiscard]] static SecurityHeaders none();
  // For pages that load nothing from elsewhere, always by TLS.
  [[nodiscard]] static SecurityHeaders strict();
};

struct Compression {
  std::size_t from_bytes = 1'024;   // smaller bodies stay as they are
  std::size_t to_bytes = 8u << 20;  // larger ones, too: they would hold up a thread
  int level = 4;                    // 1 (quick) to 9 (small); 0: never
};

// What a peer is told when the server answers by itself: a request that is none, a limit, a handler that failed.
using RefusalPage = std::function<Response(int status, std::string_view why)>;

struct ServerOptions {
  std::string address = "127.0.0.1";  // an address of this machine; "0.0.0.0" and "::" are all
  std::uint16_t port = 0;             // 0: any that is free
  unsigned threads = 2;               // of I/O, 1 to 256
  Limits limits{};
  TlsFiles tls{};
  SecurityHeaders security{};
  Compression compression{};
  RefusalPage refusal{};  // any thread; empty: a line of plain text
  LogSink log{};
  AccessSink access{};  // empty: nobody is told
};

// Since the start, but for the first.
struct Counts {
  std::uint64_t connections = 0;  // now
  std::uint64_t accepted = 0;
  std::uint64_t refused_connections = 0;           // past Limits::connections
  std::uint64_t refused_connections_per_peer = 0;  // past Limits::connections_per_peer
  std::uint64_t requests = 0;                      // that a handler was called with
  std::uint64_t bad_requests = 0;                  // that the server answered itself, 4xx or 5xx
  std::uint64_t timeouts = 0;                      // 408s and connections closed for their time, but for idle ones
  std::uint64_t refused_answers = 0;               // of handlers, that must not be sent
  std::uint64_t failed_handshakes = 0;             // of TLS
};

class ServerCore;

// Its functions may be called from any thread but its own, that is from no handler and no event.
class Server {
 public:
  // `invalid`: an option, named; `unavailable`: the address cannot be had; `log` and `handler` are kept.
  [[nodiscard]] static Result<std::unique_ptr<Server>> start(ServerOptions options, Handler handler);
  // stop()
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept;
  [[nodiscard]] Counts counts() const;
  // Reads the files of TLS again, now. `invalid`: what is wrong; the certificate before stays.
  Result<void> reload_certificate();

  // Accepts nobody, closes who is idle, lets what runs finish with `Connection: close`, closes WebSockets with 1001.
  // Returns when all have gone or after `at_most`, and stops. True: all had gone.
  bool drain(Milliseconds at_most);
  // At once. No handler runs when it returns.
  void stop();

 private:
  explicit Server(std::shared_ptr<ServerCore> core) noexcept;
  std::shared_ptr<ServerCore> core_;
};

}  // namespace troupe::http

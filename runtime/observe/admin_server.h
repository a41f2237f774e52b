// The admin socket: HTTP/1.1 on a Unix socket in the node's data directory, readable by its owner alone.
//
// One thread moves bytes; each request is answered on a thread of its own while it lasts, so that one which waits holds
// up no other. Requests that change something may wait long, for an actor, and are fewer than connections may be: one
// that only looks finds room beside them. Every client is bounded: in request size, in time, in number. Nothing here
// listens on a port.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "observe/admin_api.h"
#include "troupe/error.h"
#include "troupe/log.h"

namespace troupe::observe {

inline constexpr const char* kAdminSocketName = "admin.sock";
// sockaddr_un ends paths here.
inline constexpr std::size_t kMaxSocketPathBytes = 107;

struct AdminServerOptions {
  std::filesystem::path socket;
  LogSink log;
  std::size_t max_connections = 64;  // and so many threads at most
  std::size_t max_changes = 32;      // requests but for GET that are under way
  std::size_t max_request_bytes = std::size_t{8} << 20;
  std::chrono::milliseconds read_timeout{10'000};  // for one request to arrive in full
  std::chrono::milliseconds idle_timeout{60'000};  // between requests of a connection
};

class AdminServer {
 public:
  using Handler = std::function<AdminAnswer(const AdminRequest&)>;

  // Listens; a socket file that nobody listens on is replaced. `invalid`: the path is too long (say so with its length)
  // or something else lies there. `unavailable`: another process listens on it, or the system refuses. `handler` is
  // called on threads of its own, several at a time, and must not throw.
  [[nodiscard]] static Result<std::unique_ptr<AdminServer>> start(AdminServerOptions options, Handler handler);
  // stop()s.
  ~AdminServer();
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;

  // No new connection and no new request; answers that are being made go on. Returns at once; idempotent.
  void close() noexcept;
  // close()s, closes every connection, waits for answers that are being made, removes the socket file. Idempotent; not
  // from the handler. What the handler waits for must be able to end: a node ends its calls between close() and stop().
  void stop() noexcept;

 private:
  struct Parts;
  explicit AdminServer(std::unique_ptr<Parts> parts) noexcept;
  std::unique_ptr<Parts> parts_;
};

}  // namespace troupe::observe

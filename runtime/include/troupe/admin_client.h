// Asks a running node over its admin socket: HTTP on a Unix socket in the node's data directory. What can be asked, and
// what comes back, is in runtime/doc/admin.md. One request at a time; any thread.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "troupe/duration.h"
#include "troupe/error.h"

namespace troupe {

struct AdminReply {
  int status = 0;    // HTTP's
  std::string json;  // also when the status is an error's
};

class AdminClient {
 public:
  // `place`: the socket, or the data directory it is in.
  explicit AdminClient(const std::filesystem::path& place);
  ~AdminClient();
  AdminClient(AdminClient&&) noexcept;
  AdminClient& operator=(AdminClient&&) noexcept;

  [[nodiscard]] const std::filesystem::path& socket() const noexcept;

  // Connects when it is not connected. `invalid`: a method or path that is empty or has spaces or control characters in
  // it, or a path that does not begin with a slash; see encode(). `unavailable`: nobody listens there; its code() is
  // "killed" where a node left its socket behind, "stopped" where there is none. `denied`, "permission": it is another
  // user's. `deadline`, "no_answer": none in time. `corrupt`: what answered does not speak HTTP. An answer of any
  // status is no error.
  [[nodiscard]] Result<AdminReply> request(std::string_view method, std::string_view path, std::string_view body = {},
                                           Milliseconds timeout = std::chrono::seconds(10));

  // A service, a key or a parameter as a part of a path: "a/b" -> "a%2Fb".
  [[nodiscard]] static std::string encode(std::string_view text);

 private:
  struct Connection;
  std::unique_ptr<Connection> connection_;
};

}  // namespace troupe

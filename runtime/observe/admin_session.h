// One connection to the admin socket, or to where metrics are read: requests in, answers out, one at a time, each
// within its limits. What is not HTTP is answered with 400 and closed; what is too large with 413. On the server's
// thread, but for the making of the answer.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "observe/admin_api.h"

namespace troupe::observe {

class AdminSession;

struct SessionLimits {
  std::size_t request_bytes;
  std::chrono::milliseconds read_timeout;
  std::chrono::milliseconds idle_timeout;
};

// What a session needs of its server, and outlives it.
class SessionHost {
 public:
  // Runs `job` on another thread.
  virtual void work(std::function<void()> job) = 0;
  // There.
  virtual AdminAnswer answer(const AdminRequest& request) = 0;
  [[nodiscard]] virtual bool closed() const noexcept = 0;
  virtual void ended(const std::shared_ptr<AdminSession>& session) = 0;

 protected:
  ~SessionHost() = default;
};

class AdminSession : public std::enable_shared_from_this<AdminSession> {
 public:
  using Protocol = boost::asio::generic::stream_protocol;  // a Unix socket, or TCP
  AdminSession(Protocol::socket socket, SessionHost& host, const SessionLimits& limits)
      : stream_(std::move(socket)), host_(host), limits_(limits) {}

  void serve() { await_request(); }
  // For one connection too many: says so and hangs up.
  void refuse();
  // Hangs up.
  void abandon();

 private:
  using Request = boost::beast::http::request_parser<boost::beast::http::string_body>;

  void await_request();
  void read_request();
  void have_request();
  void turn_away(boost::system::error_code code);
  void respond(AdminAnswer answer, bool keep_alive);
  void finish();

  boost::beast::basic_stream<Protocol> stream_;
  SessionHost& host_;
  const SessionLimits limits_;
  boost::beast::flat_buffer buffer_;
  std::optional<Request> request_;
  boost::beast::http::response<boost::beast::http::string_body> response_;
};

}  // namespace troupe::observe

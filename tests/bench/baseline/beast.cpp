// An HTTP server as Boost.Beast's own examples have it, with the least in it: one thread, a fixed answer, neither
// timeouts nor limits.
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "baseline/baselines.h"
#include "http_load.h"

namespace troupe::bench::baseline {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;

class BeastSession : public std::enable_shared_from_this<BeastSession> {
 public:
  explicit BeastSession(tcp::socket socket) : socket_(std::move(socket)) { socket_.set_option(tcp::no_delay(true)); }

  void read() {
    request_ = {};
    beast::http::async_read(socket_, buffer_, request_, [self = shared_from_this()](error_code code, std::size_t) {
      if (!code) self->answer();
    });
  }

 private:
  void answer() {
    response_ = {};
    response_.result(beast::http::status::ok);
    response_.version(request_.version());
    response_.keep_alive(request_.keep_alive());
    response_.set(beast::http::field::server, "Beast");
    response_.set(beast::http::field::content_type, "text/plain");
    response_.body() = std::string(kHttpBodyBytes, 'x');
    response_.prepare_payload();
    beast::http::async_write(socket_, response_, [self = shared_from_this()](error_code code, std::size_t) {
      if (!code) self->read();
    });
  }

  tcp::socket socket_;
  beast::flat_buffer buffer_;
  beast::http::request<beast::http::string_body> request_;
  beast::http::response<beast::http::string_body> response_;
};

class BeastServer {
 public:
  BeastServer() : acceptor_(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
    accept();
    thread_ = std::thread([this] { io_.run(); });
  }
  ~BeastServer() {
    io_.stop();
    thread_.join();
  }
  BeastServer(const BeastServer&) = delete;
  BeastServer& operator=(const BeastServer&) = delete;
  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  void accept() {
    acceptor_.async_accept([this](error_code code, tcp::socket socket) {
      if (!code) std::make_shared<BeastSession>(std::move(socket))->read();
      accept();
    });
  }

  asio::io_context io_{1};
  tcp::acceptor acceptor_;
  std::thread thread_;
};

}  // namespace

double beast_requests(const Effort& effort) {
  const BeastServer server;
  return http_requests_per_second(server.port(), effort.time);
}

double beast_idle_bytes(const Effort&) {
  const BeastServer server;
  return http_idle_bytes_per_connection(server.port());
}

}  // namespace troupe::bench::baseline

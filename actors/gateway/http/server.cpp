#include "gateway/http/server.h"

#include <arpa/inet.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <system_error>

#include "gateway/http/connection.h"
#include "gateway/http/core.h"
#include "gateway/http/tls_context.h"
#include "gateway/http/worker.h"

namespace troupe::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr unsigned kMostThreads = 256;
// After accept() failed for want of descriptors or memory.
constexpr std::chrono::milliseconds kAcceptAgain{100};

Error invalid(std::string message) {
  return Error(ErrorKind::invalid, "cannot start the HTTP server: " + std::move(message));
}

Result<void> check(const ServerOptions& options, const Handler& handler) {
  if (!handler) return invalid("the handler is empty");
  if (options.threads < 1 || options.threads > kMostThreads)
    return invalid("threads is " + std::to_string(options.threads) + ", which is not from 1 to 256");
  if (options.compression.level < 0 || options.compression.level > 9)
    return invalid("compression.level is " + std::to_string(options.compression.level) + ", which is not from 0 to 9");
  for (const LimitRow& row : limit_rows(options.limits)) {
    if (row.value < row.least)
      return invalid("limit " + std::string(row.name) + " is " + std::to_string(row.value) + " " +
                     std::string(row.unit) + "; the least is " + std::to_string(row.least));
  }
  const SecurityHeaders& fields = options.security;
  for (const std::string* value :
       {&fields.content_type_options, &fields.frame_options, &fields.referrer_policy, &fields.content_security_policy,
        &fields.cross_origin_resource_policy, &fields.strict_transport_security}) {
    if (!is_field_value(*value)) return invalid("a security header has a control character, or a space at an end");
  }
  if (options.tls.named() && (options.tls.certificate.empty() || options.tls.key.empty()))
    return invalid("tls names a certificate or a key, and wants both");
  if (options.tls.named() && std::chrono::milliseconds(options.tls.look_every) <= std::chrono::milliseconds::zero())
    return invalid("tls.look_every is not above 0");
  return {};
}

}  // namespace

SecurityHeaders SecurityHeaders::none() {
  return {.content_type_options = {}, .frame_options = {}, .referrer_policy = {}};
}

SecurityHeaders SecurityHeaders::strict() {
  SecurityHeaders out;
  out.content_security_policy = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'";
  out.cross_origin_resource_policy = "same-origin";
  out.strict_transport_security = "max-age=31536000";
  return out;
}

class ServerCore {
 public:
  explicit ServerCore(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {
    for (unsigned i = 0; i < shared_->options.threads; ++i) workers_.push_back(std::make_shared<Worker>(shared_));
    acceptor_.emplace(workers_.front()->io);
    again_.emplace(workers_.front()->io);
    look_.emplace(workers_.front()->io);
  }

  Result<void> listen() {
    const auto fail = [this](const char* what, const error_code& code) {
      return Error(ErrorKind::unavailable, std::string("cannot ") + what + " " + shared_->options.address + ":" +
                                               std::to_string(shared_->options.port) + ": " + code.message());
    };
    error_code code;
    const auto address = asio::ip::make_address(shared_->options.address, code);
    if (code)
      return Error(ErrorKind::invalid, "cannot start the HTTP server: address '" + shared_->options.address +
                                           "' is none; give an IP address of this machine, such as 127.0.0.1");
    const tcp::endpoint endpoint(address, shared_->options.port);
    acceptor_->open(endpoint.protocol(), code);
    if (code) return fail("open a socket for", code);
    acceptor_->set_option(asio::socket_base::reuse_address(true), code);
    acceptor_->bind(endpoint, code);
    if (code) return fail("have the address", code);
    acceptor_->listen(asio::socket_base::max_listen_connections, code);
    if (code) return fail("listen at", code);
    port_ = acceptor_->local_endpoint(code).port();
    if (code) return fail("ask for the port of", code);
    return {};
  }

  void start() {
    if (shared_->options.tls.named()) look_at_files();
    accept();
    for (const auto& worker : workers_) worker->start();
  }

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] const std::shared_ptr<Shared>& shared() const noexcept { return shared_; }

  Result<void> reload() {
    if (!shared_->options.tls.named())
      return Error(ErrorKind::invalid, "this server has no certificate: it has no TLS");
    auto loaded = TlsContext::load(shared_->options.tls);
    if (!loaded) return loaded.error();
    shared_->tls = *loaded;
    return {};
  }

  bool drain(Milliseconds at_most) {
    const Moment end = later(std::chrono::steady_clock::now(), at_most);
    shared_->draining = true;
    // Whoever was accepted before the acceptor closes is known when that has run.
    const auto closed = std::make_shared<std::promise<void>>();
    auto done = closed->get_future();
    const bool runs = workers_.front()->post([this, closed] {
      close_acceptor();
      closed->set_value();
    });
    if (runs) done.wait();
    for (const auto& worker : workers_) worker->post([worker] { worker->drain(); });
    const bool all_gone = shared_->attendance.wait_until_empty(end);
    stop();
    return all_gone;
  }

  void stop() {
    shared_->draining = true;
    workers_.front()->post([this] { close_acceptor(); });
    for (const auto& worker : workers_) worker->stop();
  }

 private:
  void close_acceptor() {
    error_code ignored;
    acceptor_->close(ignored);
    again_->cancel();
    look_->cancel();
  }

  void accept() {
    Worker& to = *workers_[next_++ % workers_.size()];
    acceptor_->async_accept(to.io, [this, &to](error_code code, tcp::socket socket) {
      if (!acceptor_->is_open()) return;
      if (!code) {
        welcome(to, std::move(socket));
        return accept();
      }
      shared_->log(LogLevel::warn, "a connection could not be accepted: " + code.message());
      again_->expires_after(kAcceptAgain);
      again_->async_wait([this](error_code cancelled) {
        if (!cancelled && acceptor_->is_open()) accept();
      });
    });
  }

  void welcome(Worker& to, tcp::socket socket) {
    ++shared_->counts.accepted;
    error_code code;
    const auto remote = socket.remote_endpoint(code);
    if (code) return;  // it has gone already
    Peer peer{remote.address().to_string(), remote.port()};
    const auto entry = shared_->attendance.enter(peer.address);
    if (entry != Attendance::Entry::welcome) return turn_away(entry, std::move(socket));
    const auto shared = shared_;
    const std::string address = peer.address;
    auto moved = std::make_shared<tcp::socket>(std::move(socket));
    const bool posted = to.post([worker = to.shared_from_this(), moved, peer = std::move(peer)]() mutable {
      const auto connection = std::make_shared<Connection>(worker, std::move(*moved), std::move(peer));
      connection->start();
      if (worker->shared->draining) connection->drain();
    });
    if (!posted) shared->attendance.leave(address);
  }

  void turn_away(Attendance::Entry entry, tcp::socket socket) {
    const bool of_peer = entry == Attendance::Entry::full_for_peer;
    ++(of_peer ? shared_->counts.refused_per_peer : shared_->counts.refused);
    if (shared_->options.tls.named()) return;  // a handshake would cost what is short
    const Response response =
        shared_->refusal(503, of_peer ? "this address has too many connections (limit connections_per_peer)"
                                      : "there are too many connections (limit connections)");
    std::string bytes;
    append_head(bytes, response, {.close = true, .length = response.body.size()},
                http_date(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now())), shared_->common);
    bytes += response.body;
    error_code ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(bytes), ignored);
    socket.shutdown(tcp::socket::shutdown_send, ignored);
  }

  void look_at_files() {
    // A wait of years would overflow what the timer counts in.
    const auto every =
        std::min<std::chrono::milliseconds>(shared_->options.tls.look_every, std::chrono::hours(24 * 365));
    look_->expires_after(every);
    look_->async_wait([this](error_code code) {
      if (code) return;
      const FileMarks marks = marks_of(shared_->options.tls);
      if (marks != shared_->tls.load()->marks() && marks != failed_) {
        failed_ = marks;
        if (const auto loaded = reload(); !loaded) {
          shared_->log(LogLevel::error, "the certificate in use stays: " + loaded.error().message());
        } else {
          shared_->log(LogLevel::info,
                       "new connections show the certificate of " + shared_->options.tls.certificate.string());
        }
      }
      look_at_files();
    });
  }

  const std::shared_ptr<Shared> shared_;
  std::vector<std::shared_ptr<Worker>> workers_;
  // Of the first worker's loop, and on its thread.
  std::optional<tcp::acceptor> acceptor_;
  std::optional<asio::steady_timer> again_, look_;
  std::size_t next_ = 0;
  FileMarks failed_{};
  std::uint16_t port_ = 0;
};

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Handler handler) {
  if (auto sound = check(options, handler); !sound) return sound.error();
  auto shared = std::make_shared<Shared>(std::move(options), std::move(handler));
  if (shared->options.tls.named()) {
    auto loaded = TlsContext::load(shared->options.tls);
    if (!loaded) return loaded.error();
    shared->tls = *loaded;
  }
  const auto core = std::make_shared<ServerCore>(std::move(shared));
  if (auto listens = core->listen(); !listens) return listens.error();
  try {
    core->start();
  } catch (const std::system_error& error) {
    core->stop();
    return Error(ErrorKind::unavailable, std::string("cannot start the HTTP server's threads: ") + error.what());
  }
  return std::unique_ptr<Server>(new Server(core));
}

Server::Server(std::shared_ptr<ServerCore> core) noexcept : core_(std::move(core)) {}
Server::~Server() { stop(); }
std::uint16_t Server::port() const noexcept { return core_->port(); }
Result<void> Server::reload_certificate() { return core_->reload(); }
bool Server::drain(Milliseconds at_most) { return core_->drain(at_most); }
void Server::stop() { core_->stop(); }

Counts Server::counts() const {
  const LiveCounts& live = core_->shared()->counts;
  return {.connections = core_->shared()->attendance.count(),
          .accepted = live.accepted,
          .refused_connections = live.refused,
          .refused_connections_per_peer = live.refused_per_peer,
          .requests = live.requests,
          .bad_requests = live.bad_requests,
          .timeouts = live.timeouts,
          .refused_answers = live.refused_answers,
          .failed_handshakes = live.failed_handshakes};
}

}  // namespace troupe::http

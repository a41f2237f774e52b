#include "rpc/server.h"

#include <arpa/inet.h>
#include <capnp/schema.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <mutex>
#include <system_error>
#include <utility>
#include <vector>

#include "gateway/rate_checks.h"
#include "gateway/schema_ids.h"
#include "gateway/used_keys.h"
#include "rpc/certificate.h"
#include "rpc/loop.h"
#include "rpc/no_signals.h"
#include "rpc/shared.h"
#include "rpc/token_look.h"
#include "troupe/http.capnp.h"

namespace troupe::rpc {
namespace {

constexpr unsigned kMostThreads = 64;

Error invalid(const std::string& message) {
  return Error(ErrorKind::invalid, "cannot start the RPC server: " + message);
}

Result<void> check(const ServerOptions& options) {
  if (options.threads < 1 || options.threads > kMostThreads)
    return invalid("threads is " + std::to_string(options.threads) + ", which is not from 1 to 64");
  if (options.token_threads < 1 || options.token_threads > kMostThreads)
    return invalid("token_threads is " + std::to_string(options.token_threads) + ", which is not from 1 to 64");
  for (const LimitRow& row : limit_rows(options.limits)) {
    if (row.value < row.least || row.value > row.most)
      return invalid("limit " + std::string(row.name) + " is " + std::to_string(row.value) + " " +
                     std::string(row.unit) + ", which is not from " + std::to_string(row.least) + " to " +
                     std::to_string(row.most));
  }
  if (!options.check_token && !options.anonymous)
    return invalid("nobody could call anything: give check_token, or let those call who are not known (anonymous)");
  if (const std::string why = gateway::why_not(options.rates); !why.empty()) return invalid(why);
  if (options.tls.named() && (options.tls.certificate.empty() || options.tls.key.empty()))
    return invalid("tls names a certificate or a key, and wants both");
  if (options.tls.named() && std::chrono::milliseconds(options.tls.look_every) <= std::chrono::milliseconds::zero())
    return invalid("tls.look_every is not above 0");
  if (options.keys_kept.count() < 0 || options.keys_kept > gateway::kMostKeyKept)
    return invalid("keys_kept is " + std::to_string(options.keys_kept.count()) + " ms; 0 to a week are possible");
  if (std::chrono::milliseconds(options.timeout).count() < 0) return invalid("timeout is less than nothing");
  return {};
}

// What the schema says of each method.
std::vector<gateway::RateLimit> limits_of(const ServiceInfo& service) {
  const capnp::InterfaceSchema schema = service.schema();
  std::vector<gateway::RateLimit> out(service.method_count);
  const auto take = [](auto annotations, gateway::RateLimit& into) {
    for (auto annotation : annotations) {
      if (annotation.getId() != gateway::kHttpLimit) continue;
      const auto said = annotation.getValue().getStruct().template getAs<schema::http::Limit>();
      into = {said.getPerMinute(), said.getBurst()};
    }
  };
  for (std::uint16_t i = 0; i < service.method_count; ++i) {
    take(schema.getProto().getAnnotations(), out[i]);
    take(schema.getMethods()[i].getProto().getAnnotations(), out[i]);
  }
  return out;
}

// A socket that listens, and its port.
class Listener {
 public:
  Listener(const std::string& address, std::uint16_t port) {
    sockaddr_storage at{};
    socklen_t size = 0;
    if (auto* v4 = reinterpret_cast<sockaddr_in*>(&at); ::inet_pton(AF_INET, address.c_str(), &v4->sin_addr) == 1) {
      v4->sin_family = AF_INET;
      v4->sin_port = htons(port);
      size = sizeof *v4;
    } else if (auto* v6 = reinterpret_cast<sockaddr_in6*>(&at);
               ::inet_pton(AF_INET6, address.c_str(), &v6->sin6_addr) == 1) {
      v6->sin6_family = AF_INET6;
      v6->sin6_port = htons(port);
      size = sizeof *v6;
    } else {
      throw invalid("address '" + address + "' is none; give an IP address of this machine, such as 127.0.0.1");
    }
    const auto fail = [&](const char* what) {
      const int code = errno;
      close();
      throw Error(ErrorKind::unavailable, std::string("cannot ") + what + " " + address + ":" + std::to_string(port) +
                                              ": " + std::error_code(code, std::generic_category()).message());
    };
    descriptor_ = ::socket(at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor_ < 0) fail("open a socket for");
    const int one = 1;
    ::setsockopt(descriptor_, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (::bind(descriptor_, reinterpret_cast<const sockaddr*>(&at), size) != 0) fail("have the address");
    if (::listen(descriptor_, SOMAXCONN) != 0) fail("listen at");
    if (::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&at), &size) != 0) fail("ask for the port of");
    port_ = ntohs(at.ss_family == AF_INET ? reinterpret_cast<const sockaddr_in&>(at).sin_port
                                          : reinterpret_cast<const sockaddr_in6&>(at).sin6_port);
  }
  ~Listener() { close(); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  void close() noexcept {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }

 private:
  int descriptor_ = -1;
  std::uint16_t port_ = 0;
};

// kj ignores SIGPIPE for the whole process when it makes a loop; what the host had stands again afterwards. The threads
// here take no signals.
class KeepsSignal {
 public:
  KeepsSignal() { ::sigaction(SIGPIPE, nullptr, &before_); }
  ~KeepsSignal() { ::sigaction(SIGPIPE, &before_, nullptr); }
  KeepsSignal(const KeepsSignal&) = delete;
  KeepsSignal& operator=(const KeepsSignal&) = delete;

 private:
  struct sigaction before_ {};
};

}  // namespace

class Server::Core {
 public:
  Core(Node& node, ServerOptions options) : shared_(std::make_shared<Shared>(node, std::move(options))) {}
  ~Core() { stop(); }

  void offer(const ServiceInfo& service, OfferOptions options) {
    if (started_) throw Error(ErrorKind::invalid, std::string("service ") + service.name + " is offered after start()");
    if (!shared_->offers.emplace(service.name, Offer{&service, options, limits_of(service)}).second)
      throw Error(ErrorKind::invalid, std::string("a service ") + service.name + " is offered twice");
  }

  void start() {
    if (started_) throw Error(ErrorKind::invalid, "the RPC server was started before");
    check(shared_->options).value();
    if (shared_->options.tls.named()) renew_certificate(*shared_).value();
    listener_ = std::make_unique<Listener>(shared_->options.address, shared_->options.port);
    started_ = true;
    try {
      {
        const NoSignals here;
        looks_ = std::make_unique<TokenLooks>(*shared_);
        if (shared_->options.keys_kept.count() > 0)
          shared_->keys = std::make_shared<gateway::KeyGuard>(shared_->node, shared_->options.keys_kept);
      }
      shared_->looks = looks_.get();
      for (unsigned i = 0; i < shared_->options.threads; ++i) {
        loops_.push_back(std::make_unique<Loop>(shared_, listener_->descriptor(), i == 0));
        const KeepsSignal keeps;
        loops_.back()->start();
      }
    } catch (const std::system_error& error) {
      stop();
      throw Error(ErrorKind::unavailable, std::string("cannot start the RPC server's threads: ") + error.what());
    }
    if (!shared_->options.tls.named() && !shared_->options.address.starts_with("127.") &&
        shared_->options.address != "::1")
      shared_->log(LogLevel::warn, "the RPC port is open to other machines without TLS: tokens travel in the clear");
  }

  [[nodiscard]] std::uint16_t port() const {
    if (!listener_) throw Error(ErrorKind::invalid, "the RPC server was not started");
    return listener_->port();
  }

  Result<void> reload() {
    if (!shared_->options.tls.named())
      return Error(ErrorKind::invalid, "this server has no certificate: it has no TLS");
    return renew_certificate(*shared_);
  }

  bool drain(Milliseconds at_most) {
    const auto end = later(std::chrono::steady_clock::now(), at_most);
    shared_->draining = true;
    for (const auto& loop : loops_) loop->stop_accepting();
    if (listener_) listener_->close();
    for (const auto& loop : loops_) loop->drain();
    const bool all_gone = shared_->attendance.wait_until_empty(end);
    stop();
    return all_gone;
  }

  void stop() {
    shared_->draining = true;
    for (const auto& loop : loops_) loop->stop();
    if (looks_) looks_->stop();
    if (shared_->keys) shared_->keys->stop();
    if (listener_) listener_->close();
  }

  [[nodiscard]] Counts counts() const {
    const auto& live = shared_->counts;
    return {.connections = shared_->attendance.count(),
            .calls = live.calls,
            .accepted = live.accepted,
            .refused_connections = live.refused,
            .refused_connections_per_peer = live.refused_per_peer,
            .answered = live.answered,
            .cancelled = live.cancelled,
            .overloaded = live.overloaded,
            .bad_tokens = live.bad_tokens,
            .closed = live.closed,
            .failed_handshakes = live.failed_handshakes};
  }

 private:
  const std::shared_ptr<Shared> shared_;
  bool started_ = false;
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<TokenLooks> looks_;
  std::vector<std::unique_ptr<Loop>> loops_;
};

Server::Server(Node& node, ServerOptions options) : core_(std::make_unique<Core>(node, std::move(options))) {}
Server::~Server() = default;

Server& Server::offer(const ServiceInfo& service, OfferOptions options) {
  core_->offer(service, options);
  return *this;
}
void Server::start() { core_->start(); }
std::uint16_t Server::port() const { return core_->port(); }
Counts Server::counts() const { return core_->counts(); }
Result<void> Server::reload_certificate() { return core_->reload(); }
bool Server::drain(Milliseconds at_most) { return core_->drain(at_most); }
void Server::stop() { core_->stop(); }

}  // namespace troupe::rpc

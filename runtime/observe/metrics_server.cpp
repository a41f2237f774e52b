#include "observe/metrics_server.h"

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <thread>
#include <unordered_set>

#include "observe/admin_session.h"
#include "observe/answering.h"
#include "observe/exposition.h"
#include "observe/threads_on_demand.h"

namespace troupe::observe {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;

constexpr int kUnauthorized = 401, kNotFound = 404;
constexpr std::string_view kBearer = "Bearer ";
constexpr std::chrono::milliseconds kAfterTrouble{100};

// In a time that tells nothing of how much of it was right.
bool bears(std::string_view authorization, const std::string& token) noexcept {
  if (!authorization.starts_with(kBearer)) return false;
  const std::string_view said = authorization.substr(kBearer.size());
  unsigned char differs = said.size() == token.size() ? 0 : 1;
  for (std::size_t i = 0; i < said.size(); ++i)
    differs = static_cast<unsigned char>(differs | (said[i] ^ token[i % token.size()]));
  return differs == 0;
}

}  // namespace

AdminAnswer answer_scrape(const AdminRequest& request, const std::string& token,
                          const std::function<std::vector<MetricFamily>()>& read) noexcept {
  try {
    if (!token.empty() && !bears(request.authorization, token))
      return fail(
          Error(ErrorKind::unauthenticated, "metrics are for who bears the node's token: Authorization: Bearer ..."),
          kUnauthorized);
    const std::string_view path = request.target.substr(0, request.target.find('?'));
    if (path != "/metrics")
      return fail(Error(ErrorKind::not_found, "here is /metrics alone; the admin socket has the rest"), kNotFound);
    if (request.method != "GET") return wrong_method("GET");
    const bool open = exposition_for(request.accept) == Exposition::open_metrics;
    const Exposition form = open ? Exposition::open_metrics : Exposition::text;
    return {200, expose(read(), form), content_type(form)};
  } catch (const std::exception& e) {
    return fail(Error(ErrorKind::failed, std::string("the node could not show its metrics: ") + e.what()));
  }
}

struct MetricsServer::Parts final : SessionHost {
  Parts(MetricsServerOptions options_in, std::function<std::vector<MetricFamily>()> read_in)
      : options(std::move(options_in)),
        read(std::move(read_in)),
        limits{options.max_request_bytes, options.read_timeout, options.idle_timeout},
        answering({.most = options.max_connections}) {}

  Result<void> listen() {
    boost::system::error_code code;
    const Tcp::endpoint where(asio::ip::make_address(options.address.host), options.address.port);
    const auto refused = [&](const char* what) {
      return Error(ErrorKind::unavailable, "cannot listen for metrics on " + options.address.host + " port " +
                                               std::to_string(options.address.port) + ": " + what + ": " +
                                               code.message());
    };
    if (acceptor.open(where.protocol(), code)) return refused("socket");
    acceptor.set_option(asio::socket_base::reuse_address(true), code);
    if (acceptor.bind(where, code)) return refused("bind");
    if (acceptor.listen(asio::socket_base::max_listen_connections, code)) return refused("listen");
    port = acceptor.local_endpoint().port();
    return {};
  }

  void accept() {
    acceptor.async_accept([this](boost::system::error_code code, Tcp::socket socket) {
      if (!acceptor.is_open()) return;
      if (!code) {
        auto session = std::make_shared<AdminSession>(AdminSession::Protocol::socket(std::move(socket)), *this, limits);
        const bool room = sessions.size() < options.max_connections;
        sessions.insert(session);
        room ? session->serve() : session->refuse();
        return accept();
      }
      // Out of descriptors, most likely: connections that end make room.
      if (options.log) options.log({LogLevel::warn, "observe", "metrics: accept failed: " + code.message()});
      pause.expires_after(kAfterTrouble);
      pause.async_wait([this](boost::system::error_code ended) {
        if (!ended && acceptor.is_open()) accept();
      });
    });
  }

  // --- SessionHost ---
  void work(std::function<void()> job) override { answering.run(std::move(job)); }
  AdminAnswer answer(const AdminRequest& request) override { return answer_scrape(request, options.token, read); }
  bool closed() const noexcept override { return closing; }
  void ended(const std::shared_ptr<AdminSession>& session) override { sessions.erase(session); }

  // What a session throws, for want of memory, ends what it did, and no thread.
  void run() noexcept {
    for (;;) {
      try {
        io.run();
        return;
      } catch (const std::exception& e) {
        if (options.log) options.log({LogLevel::error, "observe", std::string("metrics: ") + e.what()});
      }
    }
  }

  void stop() {
    closing = true;
    if (!thread.joinable()) return;
    answering.join();
    try {
      asio::post(io, [this] {
        boost::system::error_code ignored;
        acceptor.close(ignored);
        pause.cancel();
        for (const auto& session : std::unordered_set(sessions)) session->abandon();
        io.stop();
      });
    } catch (const std::exception&) {  // no memory: sessions end with their sockets
      io.stop();
    }
    thread.join();
    sessions.clear();
  }

  const MetricsServerOptions options;
  const std::function<std::vector<MetricFamily>()> read;
  const SessionLimits limits;
  std::uint16_t port = 0;
  std::atomic<bool> closing{false};
  asio::io_context io{1};
  Tcp::acceptor acceptor{io};
  asio::steady_timer pause{io};
  std::unordered_set<std::shared_ptr<AdminSession>> sessions;  // the thread's own
  ThreadsOnDemand answering;
  std::thread thread;
};

Result<std::unique_ptr<MetricsServer>> MetricsServer::start(MetricsServerOptions options,
                                                            std::function<std::vector<MetricFamily>()> read) {
  try {
    auto parts = std::make_unique<Parts>(std::move(options), std::move(read));
    if (auto listening = parts->listen(); !listening.ok()) return listening.error();
    parts->accept();
    parts->thread = std::thread([raw = parts.get()] { raw->run(); });
    return std::unique_ptr<MetricsServer>(new MetricsServer(std::move(parts)));
  } catch (const std::exception& e) {
    return Error(ErrorKind::unavailable, std::string("cannot listen for metrics: ") + e.what());
  }
}

MetricsServer::MetricsServer(std::unique_ptr<Parts> parts) noexcept : parts_(std::move(parts)) {}
MetricsServer::~MetricsServer() { parts_->stop(); }
std::uint16_t MetricsServer::port() const noexcept { return parts_->port; }

}  // namespace troupe::observe

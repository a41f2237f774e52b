#include "observe/admin_server.h"

#include <sys/stat.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <mutex>
#include <thread>
#include <unordered_set>

#include "base/log_fields.h"
#include "observe/admin_session.h"
#include "observe/answering.h"
#include "observe/socket_path.h"
#include "observe/threads_on_demand.h"

namespace troupe::observe {
namespace {

namespace asio = boost::asio;
using Local = asio::local::stream_protocol;

Error cannot(const std::filesystem::path& path, ErrorKind kind, const std::string& why) {
  return Error(kind, "cannot open the admin socket " + path.string() + ": " + why);
}

// Whether the socket may be made at `path`; removes what a node that is gone left there.
Result<void> clear_way(const std::filesystem::path& path) {
  const std::size_t length = short_form(path).native().size();
  if (length > kMaxSocketPathBytes)
    return cannot(path, ErrorKind::invalid,
                  "the path has " + std::to_string(length) + " bytes and a Unix socket's at most " +
                      std::to_string(kMaxSocketPathBytes) + "; choose a shorter data directory");
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) return {};
  if (!S_ISSOCK(found.st_mode)) return cannot(path, ErrorKind::invalid, "something else lies there; remove it");
  asio::io_context io;
  Local::socket probe(io);
  boost::system::error_code code;
  probe.connect(Local::endpoint(short_form(path).string()), code);
  if (!code) return cannot(path, ErrorKind::unavailable, "another process listens on it");
  std::error_code removed;
  std::filesystem::remove(path, removed);
  if (removed) return cannot(path, ErrorKind::unavailable, "cannot replace the old one: " + removed.message());
  return {};
}

}  // namespace

struct AdminServer::Parts final : SessionHost {
  Parts(AdminServerOptions options_in, Handler handler_in)
      : options(std::move(options_in)),
        handler(std::move(handler_in)),
        limits{options.max_request_bytes, options.read_timeout, options.idle_timeout},
        answering({.most = options.max_connections}) {}

  Result<void> listen() {
    boost::system::error_code code;
    const auto refused = [&](const char* what) {
      return cannot(options.socket, ErrorKind::unavailable, std::string(what) + ": " + code.message());
    };
    if (acceptor.open(Local(), code)) return refused("socket");
    if (acceptor.bind(Local::endpoint(short_form(options.socket).string()), code)) return refused("bind");
    // Nobody can connect before listen(): the mode is in force from the first connection on.
    if (::chmod(options.socket.c_str(), S_IRUSR | S_IWUSR) != 0) {
      code = {errno, boost::system::system_category()};
      return refused("chmod");
    }
    if (acceptor.listen(asio::socket_base::max_listen_connections, code)) return refused("listen");
    return {};
  }

  void accept() {
    acceptor.async_accept([this](boost::system::error_code code, Local::socket socket) {
      if (!acceptor.is_open()) return;
      if (!code) {
        auto session = std::make_shared<AdminSession>(AdminSession::Protocol::socket(std::move(socket)), *this, limits);
        const bool room = sessions.size() < options.max_connections;
        sessions.insert(session);
        room ? session->serve() : session->refuse();
        accept();
        return;
      }
      // Out of descriptors, most likely: connections that end make room.
      if (options.log)
        options.log({LogLevel::warn, "observe", "admin socket: accept failed: " + code.message(),
                     LogFields{{"error", code.message()}}});
      pause.expires_after(std::chrono::milliseconds(100));
      pause.async_wait([this](boost::system::error_code ended) {
        if (!ended && acceptor.is_open()) accept();
      });
    });
  }

  // --- SessionHost ---
  void work(std::function<void()> job) override { answering.run(std::move(job)); }
  AdminAnswer answer(const AdminRequest& request) override {
    if (closing) return refuse(Error(ErrorKind::unavailable, "the node is stopping"));
    if (request.method == "GET") return handler(request);
    const bool room = changes.fetch_add(1) < options.max_changes;
    AdminAnswer made = room ? handler(request)
                            : refuse(Error(ErrorKind::overloaded,
                                           std::to_string(options.max_changes) +
                                               " calls and other changes are under way at this admin socket; try "
                                               "again when one of them has ended"));
    changes.fetch_sub(1);
    return made;
  }
  static AdminAnswer refuse(const Error& error) { return fail(error, 503); }
  bool closed() const noexcept override { return closing; }
  void ended(const std::shared_ptr<AdminSession>& session) override { sessions.erase(session); }

  // What a session throws, for want of memory, ends what it did, and no thread.
  void run() noexcept {
    for (;;) {
      try {
        io.run();
        return;
      } catch (const std::exception& e) {
        if (options.log)
          options.log(
              {LogLevel::error, "observe", std::string("admin socket: ") + e.what(), LogFields{{"error", e.what()}}});
      }
    }
  }

  void close() {
    if (closing.exchange(true)) return;
    try {
      asio::post(io, [this] {
        boost::system::error_code ignored;
        acceptor.close(ignored);
        pause.cancel();
      });
    } catch (const std::exception&) {  // no memory: who connects is told that the node stops, until stop()
    }
  }

  void stop() {
    close();
    if (!thread.joinable()) return;
    answering.join();
    try {
      asio::post(io, [this] {
        for (const auto& session : std::unordered_set(sessions)) session->abandon();
        io.stop();
      });
    } catch (const std::exception&) {  // no memory: sessions end with their sockets
      io.stop();
    }
    thread.join();
    sessions.clear();
    std::error_code ignored;
    std::filesystem::remove(options.socket, ignored);
  }

  const AdminServerOptions options;
  const Handler handler;
  const SessionLimits limits;
  std::atomic<bool> closing{false};
  std::atomic<std::size_t> changes{0};  // under way
  asio::io_context io{1};
  Local::acceptor acceptor{io};
  asio::steady_timer pause{io};
  std::unordered_set<std::shared_ptr<AdminSession>> sessions;  // the thread's own
  ThreadsOnDemand answering;
  std::thread thread;
};

Result<std::unique_ptr<AdminServer>> AdminServer::start(AdminServerOptions options, Handler handler) {
  const auto path = options.socket;
  if (auto clear = clear_way(path); !clear.ok()) return clear.error();
  try {
    auto parts = std::make_unique<Parts>(std::move(options), std::move(handler));
    if (auto listening = parts->listen(); !listening.ok()) return listening.error();
    parts->accept();
    parts->thread = std::thread([raw = parts.get()] { raw->run(); });
    return std::unique_ptr<AdminServer>(new AdminServer(std::move(parts)));
  } catch (const std::exception& e) {
    return cannot(path, ErrorKind::unavailable, e.what());
  }
}

AdminServer::AdminServer(std::unique_ptr<Parts> parts) noexcept : parts_(std::move(parts)) {}
AdminServer::~AdminServer() { stop(); }
void AdminServer::close() noexcept { parts_->close(); }
void AdminServer::stop() noexcept { parts_->stop(); }

}  // namespace troupe::observe

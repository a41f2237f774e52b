#include "rpc/loop.h"

#include <arpa/inet.h>
#include <kj/async-io.h>
#include <kj/async-unix.h>
#include <kj/debug.h>

#include <chrono>
#include <list>
#include <optional>
#include <utility>

#include "rpc/certificate.h"
#include "rpc/connection.h"
#include "rpc/no_signals.h"
#include "rpc/standing.h"

namespace troupe::rpc {
namespace {

// How exactly limits of time are kept.
constexpr auto kTick = 50 * kj::MILLISECONDS;
// After accept() failed for want of descriptors or memory.
constexpr auto kAcceptAgain = 100 * kj::MILLISECONDS;
// Events that run before the loop looks at its sockets again, or a peer that always has more to say would keep it.
constexpr unsigned kEventsPerLook = 64;
constexpr auto kTurnedAwayGrace = 100 * kj::MILLISECONDS;

// What kj has to say goes to the log, and traces of its exceptions are not collected: peers cause them at will.
class KjLog final : public kj::ExceptionCallback {
 public:
  explicit KjLog(const Shared& shared) : shared_(shared) {}
  void logMessage(kj::LogSeverity severity, const char*, int, int, kj::String&& text) override {
    const auto level = severity >= kj::LogSeverity::ERROR ? LogLevel::warn : LogLevel::debug;
    shared_.log(level, text.cStr());
  }
  StackTraceMode stackTraceMode() override { return StackTraceMode::NONE; }

 private:
  const Shared& shared_;
};

std::string address_of(kj::AsyncIoStream& stream) {
  sockaddr_storage peer{};
  kj::uint size = sizeof peer;
  stream.getpeername(reinterpret_cast<sockaddr*>(&peer), &size);
  char text[INET6_ADDRSTRLEN] = {};
  const void* address = peer.ss_family == AF_INET6
                            ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in6&>(peer).sin6_addr)
                            : &reinterpret_cast<const sockaddr_in&>(peer).sin_addr;
  return ::inet_ntop(peer.ss_family, address, text, sizeof text) ? text : "unknown";
}

kj::String said(std::string_view limit) {
  return kj::str("the server closes this connection (limit ", std::string(limit).c_str(), ")");
}

}  // namespace

class Loop::Running final : private kj::TaskSet::ErrorHandler {
 public:
  Running(kj::AsyncIoContext& io, Loop& loop)
      : shared_(loop.shared_),
        mailbox_(loop.mailbox_),
        timer_(io.provider->getTimer()),
        mail_(io.unixEventPort, mailbox_->descriptor(), kj::UnixEventPort::FdObserver::OBSERVE_READ),
        receiver_(io.lowLevelProvider->wrapListenSocketFd(loop.listener_)),
        stopped_(kj::newPromiseAndFulfiller<void>()),
        tasks_(*this) {
    tasks_.add(read_mail());
    accepting_ = accept().eagerlyEvaluate([this](kj::Exception&& error) { taskFailed(kj::mv(error)); });
    if (loop.looks_ && shared_->options.tls.named()) tasks_.add(look_at_files());
  }

  [[nodiscard]] kj::Promise<void> until_stopped() { return kj::mv(stopped_.promise); }
  void stop() { stopped_.fulfiller->fulfill(); }
  void stop_accepting() {
    accepting_ = nullptr;
    receiver_ = nullptr;
  }
  void drain() { look_at_times(); }

 private:
  void taskFailed(kj::Exception&& error) override {
    shared_->log(LogLevel::warn, std::string("something of the RPC port ended: ") + error.getDescription().cStr());
  }

  kj::Promise<void> read_mail() {
    for (auto& task : mailbox_->take()) task();
    return mail_.whenBecomesReadable().then([this] { return read_mail(); });
  }

  kj::Promise<void> accept() {
    return receiver_->accept().then(
        [this](kj::Own<kj::AsyncIoStream> stream) {
          KJ_IF_MAYBE (error, kj::runCatchingExceptions([&] { welcome(kj::mv(stream)); }))
            shared_->log(LogLevel::debug,
                         std::string("a connection could not be served: ") + error->getDescription().cStr());
          return accept();
        },
        [this](kj::Exception&& error) {
          shared_->log(LogLevel::warn,
                       std::string("a connection could not be accepted: ") + error.getDescription().cStr());
          return timer_.afterDelay(kAcceptAgain).then([this] { return accept(); });
        });
  }

  // Leaves when the connection has gone.
  struct Entered {
    Entered(std::shared_ptr<Shared> all, std::string of) : shared(std::move(all)), address(std::move(of)) {}
    ~Entered() { shared->attendance.leave(address); }
    const std::shared_ptr<Shared> shared;
    const std::string address;
  };

  void welcome(kj::Own<kj::AsyncIoStream> stream) {
    ++shared_->counts.accepted;
    std::string address = address_of(*stream);
    const auto entry = shared_->attendance.enter(address);
    if (entry != http::Attendance::Entry::welcome) return turn_away(entry, kj::mv(stream));
    auto entered = kj::heap<Entered>(shared_, address);
    const auto standing = std::make_shared<Standing>(shared_, std::move(address));
    Times& times = standing->times;
    times.opened = times.last_message = std::chrono::steady_clock::now();
    times.token_wanted = !shared_->options.anonymous;
    times.handshaken = !shared_->options.tls.named();
    const auto listed = standings_.insert(standings_.end(), standing);
    tasks_.add(serve(kj::mv(stream), standing).attach(kj::mv(entered), kj::defer([this, listed] {
                                                        standings_.erase(listed);
                                                      })));
    if (!ticks_) {
      ticks_ = true;
      tasks_.add(tick());
    }
  }

  void turn_away(http::Attendance::Entry entry, kj::Own<kj::AsyncIoStream> stream) {
    const bool of_peer = entry == http::Attendance::Entry::full_for_peer;
    ++(of_peer ? shared_->counts.refused_per_peer : shared_->counts.refused);
    if (shared_->options.tls.named()) return;  // a handshake would cost what is short
    auto message = turned_away(of_peer ? "this address has too many connections (limit connections_per_peer)"
                                       : "there are too many connections (limit connections)");
    auto bytes = message.asBytes();
    tasks_.add(stream->write(bytes.begin(), bytes.size())
                   .exclusiveJoin(timer_.afterDelay(kTurnedAwayGrace))
                   .catch_([](kj::Exception&&) {})
                   .attach(kj::mv(message), kj::mv(stream)));
  }

  kj::Promise<void> serve(kj::Own<kj::AsyncIoStream> stream, const std::shared_ptr<Standing>& standing) {
    using Stream = kj::Own<kj::AsyncIoStream>;
    auto closed = standing->until_closed().then([]() -> Stream { return {}; });
    return open(kj::mv(stream))
        .exclusiveJoin(kj::mv(closed))
        .then([this, standing](Stream opened) {
          standing->times.handshaken = true;
          auto connection = kj::heap<Connection>(kj::mv(opened), standing, mailbox_);
          auto over = connection->run(timer_);
          return over.attach(kj::mv(connection));
        })
        .catch_([this, standing](kj::Exception&& error) {
          if (!standing->times.handshaken) ++shared_->counts.failed_handshakes;
          shared_->log(LogLevel::debug,
                       "the connection of " + standing->peer + " ended: " + error.getDescription().cStr());
        });
  }

  kj::Promise<kj::Own<kj::AsyncIoStream>> open(kj::Own<kj::AsyncIoStream> stream) {
    const auto newest = shared_->certificate.load();
    if (!newest) return kj::mv(stream);
    if (newest != certificate_) {
      tls_ = context_of(*newest);
      certificate_ = newest;
    }
    return tls_->wrapServer(kj::mv(stream));
  }

  kj::Promise<void> tick() {
    return timer_.afterDelay(kTick).then([this]() -> kj::Promise<void> {
      look_at_times();
      if (!standings_.empty()) return tick();
      ticks_ = false;
      return kj::READY_NOW;
    });
  }

  void look_at_times() {
    const auto now = std::chrono::steady_clock::now();
    for (const auto& standing : standings_) {
      if (const auto limit = overdue(standing->times, standing->limits(), now); !limit.empty())
        standing->close(kj::Exception(kj::Exception::Type::DISCONNECTED, __FILE__, __LINE__, said(limit)));
      else if (shared_->draining && standing->owes_nothing())
        standing->leave();
    }
  }

  kj::Promise<void> look_at_files() {
    const auto every = std::chrono::milliseconds(shared_->options.tls.look_every);
    // A wait of years would overflow what the timer counts in.
    const auto wait = std::min<std::chrono::milliseconds>(every, std::chrono::hours(24 * 365));
    return timer_.afterDelay(wait.count() * kj::MILLISECONDS).then([this] {
      const auto marks = http::marks_of(shared_->options.tls);
      if (marks != shared_->certificate.load()->marks && marks != failed_) {
        failed_ = marks;
        if (const auto renewed = renew_certificate(*shared_); !renewed.ok())
          shared_->log(LogLevel::error, "the certificate in use stays: " + renewed.error().message());
        else
          shared_->log(LogLevel::info,
                       "new connections show the certificate of " + shared_->options.tls.certificate.string());
      }
      return look_at_files();
    });
  }

  const std::shared_ptr<Shared> shared_;
  const std::shared_ptr<Mailbox> mailbox_;
  kj::Timer& timer_;
  kj::UnixEventPort::FdObserver mail_;
  kj::Own<kj::ConnectionReceiver> receiver_;
  kj::PromiseFulfillerPair<void> stopped_;
  kj::Own<kj::TlsContext> tls_;
  std::shared_ptr<const Certificate> certificate_;
  http::FileMarks failed_{};
  std::list<std::shared_ptr<Standing>> standings_;
  bool ticks_ = false;
  kj::Promise<void> accepting_ = nullptr;
  kj::TaskSet tasks_;  // goes first: it refers to all above
};

Loop::Loop(std::shared_ptr<Shared> shared, int listener, bool looks)
    : shared_(std::move(shared)), listener_(listener), looks_(looks), mailbox_(std::make_shared<Mailbox>()) {}

Loop::~Loop() { stop(); }

void Loop::start() {
  std::promise<void> ready;
  auto started = ready.get_future();
  {
    const NoSignals here;  // a peer that has gone is told by the error of a write
    thread_ = std::thread([this, &ready] { run(ready); });
  }
  try {
    started.get();
  } catch (...) {
    thread_.join();
    throw;
  }
}

void Loop::run(std::promise<void>& ready) {
  bool told = false;
  try {
    const KjLog log(*shared_);
    auto io = kj::setupAsyncIo();
    io.waitScope.setBusyPollInterval(kEventsPerLook);
    Running running(io, *this);
    running_ = &running;
    const auto gone = kj::defer([this] { running_ = nullptr; });
    auto until_stopped = running.until_stopped();
    told = true;
    ready.set_value();
    until_stopped.wait(io.waitScope);
  } catch (const kj::Exception& error) {
    const std::string why = std::string("the RPC port's event loop ended: ") + error.getDescription().cStr();
    if (!told)
      ready.set_exception(std::make_exception_ptr(Error(ErrorKind::unavailable, why)));
    else
      shared_->log(LogLevel::error, why);
  } catch (const std::exception& error) {
    if (!told)
      ready.set_exception(std::current_exception());
    else
      shared_->log(LogLevel::error, std::string("the RPC port's event loop ended: ") + error.what());
  }
  // What was posted and did not run is not owed to anybody but those who wait for it.
  for (auto& task : mailbox_->close()) task();
}

template <class F>
void Loop::with_running(F&& act) {
  const auto done = std::make_shared<std::promise<void>>();
  auto acted = done->get_future();
  const bool posted = mailbox_->post([this, done, act] {
    if (running_) act(*running_);
    done->set_value();
  });
  if (posted) acted.wait();
}

void Loop::stop_accepting() {
  with_running([](Running& running) { running.stop_accepting(); });
}
void Loop::drain() {
  with_running([](Running& running) { running.drain(); });
}
void Loop::stop() {
  if (!thread_.joinable()) return;
  with_running([](Running& running) { running.stop(); });
  thread_.join();
}

}  // namespace troupe::rpc

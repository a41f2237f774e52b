// What the bytes under the links do when the process has nothing left to take a connection with.
#include <sys/resource.h>

#include <future>

#include "link_stage.h"
#include "net/sockets.h"

using namespace troupe;
using namespace troupe::net;
using namespace troupe::net::testing;

namespace {

// Counts what happens, on the loop; a test waits for it.
class Counting final : public SocketEvents {
 public:
  bool on_accepted(ConnectionId, const std::string&) override { return count(accepted), true; }
  void on_accept_failed(const std::string& why) override {
    std::lock_guard lock(mutex_);
    ++failed;
    last_failure = why;
    changed_.notify_all();
  }
  void on_bytes(ConnectionId, std::span<const char>) override {}
  void on_closed(ConnectionId) override {}
  void on_notified() override {}
  void on_tick() override { count(ticks); }

  template <class Condition>
  [[nodiscard]] bool wait(Condition condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, condition);
  }

  int accepted = 0, failed = 0, ticks = 0;
  std::string last_failure;

 private:
  void count(int& what) {
    std::lock_guard lock(mutex_);
    ++what;
    changed_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable changed_;
};

// As long as it lives, this process gets no further descriptor.
class NoDescriptors {
 public:
  NoDescriptors() {
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
    const int next = ::dup(0);  // all below are in use
    REQUIRE(next >= 0);
    ::close(next);
    rlimit none = before_;
    none.rlim_cur = static_cast<rlim_t>(next);
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  }
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptors(const NoDescriptors&) = delete;

 private:
  rlimit before_{};
};

}  // namespace

TEST_CASE("a process without descriptors pauses between two attempts to accept, and goes on when it has some") {
  engine::Engine engine{engine::EngineOptions{}};
  auto events = std::make_shared<Counting>();
  auto sockets = Sockets::create(engine);
  sockets->start(events, 5ms);
  const auto port = sockets->listen("127.0.0.1", 0).value();
  Stranger ready(port);
  REQUIRE(events->wait([&] { return events->accepted == 1; }));

  {
    Stranger stranger;
    const NoDescriptors none;
    stranger.connect(port);

    REQUIRE(events->wait([&] { return events->failed >= 1; }));
    const int ticks = events->ticks;
    REQUIRE(events->wait([&] { return events->ticks >= ticks + 5; }));
    CHECK(events->failed <= events->ticks - ticks + 1);
    CHECK(events->last_failure.find("Too many open files") != std::string::npos);
    CHECK(events->accepted == 1);
  }

  CHECK(events->wait([&] { return events->accepted == 2; }));
  std::promise<void> done;
  sockets->post([&] { sockets->stop([&done] { done.set_value(); }); });
  done.get_future().wait();
}

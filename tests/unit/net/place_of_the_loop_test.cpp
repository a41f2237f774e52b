// Threads in the place of the links' own: what they may do there, what they must not disturb, and which frames they
// send.
#include <atomic>
#include <future>
#include <set>
#include <thread>

#include "link_stage.h"
#include "net/sockets.h"

using namespace troupe;
using namespace troupe::net;
using namespace troupe::net::testing;

namespace {

// Sockets whose loop counts its events, and those that come while somebody else is in its place.
class Guarded final : public SocketEvents {
 public:
  bool on_accepted(ConnectionId id, const std::string&) override { return connection = id, happen(); }
  void on_accept_failed(const std::string&) override { happen(); }
  void on_bytes(ConnectionId, std::span<const char>) override { happen(); }
  void on_closed(ConnectionId) override { happen(); }
  void on_notified() override { happen(); }
  void on_tick() override { happen(); }

  std::atomic<bool> taken{false};
  std::atomic<int> events{0}, intrusions{0};
  std::atomic<ConnectionId> connection{0};

 private:
  bool happen() {
    intrusions += taken;
    return ++events, true;
  }
};

struct Loop {
  engine::Engine engine{engine::EngineOptions{}};
  std::shared_ptr<Guarded> events = std::make_shared<Guarded>();
  std::shared_ptr<Sockets> sockets = Sockets::create(engine);

  Loop() { sockets->start(events, 1ms); }
  ~Loop() {
    std::promise<void> done;
    sockets->post([&] { sockets->stop([&done] { done.set_value(); }); });
    done.get_future().wait();
  }
  void enter() {
    while (!sockets->try_enter()) std::this_thread::yield();
    events->taken = true;
  }
  void leave() {
    events->taken = false;
    sockets->leave();
  }
};

// Remembers which threads wrote to links.
class Writers final : public Observer {
 public:
  void on_link_traffic(std::string_view, const LinkTraffic& traffic) noexcept override {
    if (traffic.frames_out > 0 && std::this_thread::get_id() == thread_) ++written_;
  }
  // Goes of the thread that made this one.
  [[nodiscard]] int written_here() const noexcept { return written_; }

 private:
  const std::thread::id thread_ = std::this_thread::get_id();
  std::atomic<int> written_{0};
};
Writers* the_writers = nullptr;  // of the test that runs

}  // namespace

TEST_CASE("while another thread is in the loop's place no event comes, and none is lost") {
  Loop loop;
  std::atomic<int> posted{0};

  for (int round = 0; round < 200; ++round) {
    loop.enter();
    CHECK(!loop.sockets->try_enter());
    loop.sockets->post([&posted] { ++posted; });
    loop.sockets->notify();
    loop.leave();
  }

  const int before = loop.events->events;
  while (posted < 200 || loop.events->events < before + 5) std::this_thread::yield();
  CHECK(loop.events->intrusions == 0);
}

TEST_CASE("the loop's own thread and its events get no second place") {
  Loop loop;
  std::promise<bool> tried;

  loop.sockets->post([&] { tried.set_value(loop.sockets->try_enter()); });

  CHECK(!tried.get_future().get());
}

TEST_CASE("what the kernel does not take of a thread in the loop's place is written by the loop") {
  constexpr std::size_t kBytes = 32u << 20;  // more than the buffers of a connection hold
  Loop loop;
  const auto port = loop.sockets->listen("127.0.0.1", 0).value();
  Stranger stranger(port);
  const auto is_there = [&] {
    loop.enter();
    const bool idle = loop.sockets->idle(loop.events->connection);
    if (!idle) loop.leave();
    return idle;
  };
  while (!is_there()) std::this_thread::yield();

  loop.sockets->out(loop.events->connection)->assign(kBytes, 'x');
  loop.sockets->flush(loop.events->connection);
  CHECK(!loop.sockets->idle(loop.events->connection));
  loop.leave();

  std::vector<char> chunk(1u << 20);
  std::size_t heard = 0;
  while (heard < kBytes) {
    const ssize_t n = ::recv(stranger.fd(), chunk.data(), chunk.size(), 0);
    REQUIRE(n > 0);
    REQUIRE(std::all_of(chunk.begin(), chunk.begin() + n, [](char c) { return c == 'x'; }));
    heard += static_cast<std::size_t>(n);
  }
  CHECK(heard == kBytes);
}

TEST_CASE("a call that is under way alone is written by its caller's thread, further ones by the links' thread") {
  Writers writers;
  the_writers = &writers;
  engine::Engine engine{engine::EngineOptions{}};
  Node b(engine, "b", 1);
  Node a(engine, "a", 1, [](LinkOptions& o) { o.observer = the_writers; });
  b.links().add_peer({"a", "127.0.0.1", 1}).value();
  a.links().add_peer({"b", "127.0.0.1", b.links().listen("127.0.0.1", 0).value()}).value();
  a.links().connect();
  REQUIRE(a.wait([&] { return a.ups == 1; }));

  std::uint64_t id = 0;
  while (writers.written_here() == 0 && id < 10'000) {  // now and then the loop is at work
    auto waiter = make_counted<Waiter>();
    auto call = call_to("sku-1", ++id, 64);
    call->reply_to = waiter;
    REQUIRE(a.links().send(0, wire::EnvelopePtr(call)));
    waiter->wait();
    CHECK(data_in(call->results) == std::string(64, 'x'));
  }
  CHECK(writers.written_here() > 0);

  b.keep_calls = true;
  REQUIRE(a.links().send(0, call_to("sku-1", ++id)));
  const int alone = writers.written_here();
  const auto last = id + 20;
  while (id < last) REQUIRE(a.links().send(0, call_to("sku-1", ++id)));
  CHECK(b.wait([&] { return b.kept.size() == 21; }));
  CHECK(writers.written_here() == alone);
}

TEST_CASE("callers in each other's way lose no call, however few are under way") {
  Two t;
  constexpr int kCallers = 4, kCalls = 300;
  std::atomic<int> right{0};

  std::vector<std::thread> callers;
  for (int caller = 0; caller < kCallers; ++caller) {
    callers.emplace_back([&, caller] {
      for (int i = 0; i < kCalls; ++i) {
        auto waiter = make_counted<Waiter>();
        auto call = call_to("sku-1", static_cast<std::uint64_t>(caller * kCalls + i + 1), 64);
        call->reply_to = waiter;
        if (!(caller % 2 ? t.a : t.b)->links().send(0, wire::EnvelopePtr(call))) return;
        right += waiter->wait() && !call->error;
      }
    });
  }
  for (auto& each : callers) each.join();

  CHECK(right == kCallers * kCalls);
  CHECK(t.a->downs + t.b->downs == 0);
}

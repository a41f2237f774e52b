// The broker and its scribes.
//
// Two things differ from CAF's own scribes. Bytes go from the read buffer straight to the events, not through
// the broker's mailbox; and flush() writes to the socket at once, so that a reply leaves without another turn
// of the loop. What the kernel does not take goes CAF's usual way.
//
// All that the loop does for us is a Go, which holds a lock, so that another thread can take the loop's place between
// two of them. CAF's own code does not know the lock: while it has bytes of a scribe to write, nobody else writes
// there.
#include "net/sockets.h"

#include <sys/socket.h>

#include <algorithm>

#include <caf/actor_system.hpp>
#include <caf/io/broker.hpp>
#include <caf/io/middleman.hpp>
#include <caf/io/network/scribe_impl.hpp>

#include "base/check.h"
#include "engine/engine.h"
#include "engine/held_wakes.h"
#include "net/sockets_parts.h"
#include "net/tcp.h"

namespace troupe::net {
namespace {

constexpr std::size_t kReadBytes = 64u << 10;
// What they hold is begun together; as much as some tens of small calls.
constexpr std::size_t kBytesTogether = 16u << 10;
using TickAtom = caf::atom_constant<caf::atom("tick")>;

}  // namespace

class Sockets::Broker final : public caf::io::broker {
 public:
  Broker(caf::actor_config& config, std::shared_ptr<Sockets> sockets, std::chrono::milliseconds tick)
      : caf::io::broker(config), sockets_(std::move(sockets)), tick_(tick) {}

  caf::behavior make_behavior() override {
    set_default_handler(caf::drop);
    delayed_anon_send(caf::actor{this}, tick_, TickAtom::value);
    return {
        // It ends on a tick, so that none is under way: CAF leaves an ended broker's mailbox open, and the mail
        // that is put there keeps the broker for ever.
        [this](TickAtom) {
          if (stopped_) return quit();
          delayed_anon_send(caf::actor{this}, tick_, TickAtom::value);
          sockets_->tick();
        },
        [](const caf::io::connection_closed_msg&) {},  // the scribe has told already
        [](const caf::io::acceptor_closed_msg&) {},
    };
  }

  bool cleanup(caf::error&& reason, caf::execution_unit* unit) override {
    const bool cleaned = caf::io::broker::cleanup(std::move(reason), unit);
    if (auto stopped = std::exchange(stopped_, nullptr)) stopped();
    return cleaned;
  }

  std::function<void()> stopped_;

 private:
  const std::shared_ptr<Sockets> sockets_;
  const std::chrono::milliseconds tick_;
};

class Sockets::Scribe final : public caf::io::network::scribe_impl {
 public:
  Scribe(caf::io::network::default_multiplexer& loop, int fd, ConnectionId id, std::shared_ptr<Sockets> sockets)
      : scribe_impl(loop, fd), id_(id), sockets_(std::move(sockets)) {}

  void begin() {
    ack_writes(true);
    configure_read(caf::io::receive_policy::at_most(kReadBytes));
  }

  void flush() override {
    std::vector<char>& out = wr_buf();
    const bool stands_in = sockets_->parts_->stands_in;  // then it is idle()
    if (stands_in || !draining_) {
      caf_writes_ = false;
      std::size_t sent = 0;
      while (sent < out.size()) {
        const ssize_t n = ::send(stream_.fd(), out.data() + sent, out.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n <= 0) break;  // full, or broken: then CAF's own write finds out
        sent += static_cast<std::size_t>(n);
      }
      if (sent == out.size()) return out.clear();
      out.erase(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(sent));
      if (stands_in) return sockets_->post([sockets = sockets_, id = id_] { sockets->flush(id); });
      draining_ = caf_writes_ = true;
    }
    scribe_impl::flush();
  }

  bool consume(caf::execution_unit*, const void* data, std::size_t size) override {
    if (detached()) return false;
    const caf::intrusive_ptr<Scribe> keep(this);
    sockets_->take(id_, {static_cast<const char*>(data), size});
    return !detached();
  }

  void data_transferred(caf::execution_unit*, std::size_t, std::size_t remaining) override {
    if (remaining == 0) draining_ = false;
  }

  [[nodiscard]] bool idle() noexcept { return !caf_writes_ && wr_buf().empty(); }

  void cut() noexcept { ::shutdown(stream_.fd(), SHUT_RDWR); }

 protected:
  void detach_from(caf::io::abstract_broker* broker) override {
    const caf::intrusive_ptr<Scribe> keep(this);
    const Go go(*sockets_->parts_);
    scribe_impl::detach_from(broker);
    if (sockets_->parts_->scribes.erase(id_) == 0) return;  // closed from this side
    if (auto events = sockets_->parts_->events) events->on_closed(id_);
  }

 private:
  const ConnectionId id_;
  const std::shared_ptr<Sockets> sockets_;
  bool draining_ = false;    // CAF is writing what the kernel did not take; the loop's own
  bool caf_writes_ = false;  // the same, until the loop's next flush: CAF looks at its buffers after its last write
};

// Whoever rings while the bytes are taken in need not wake the loop: it looks afterwards anyway.
void Sockets::take(ConnectionId id, std::span<const char> bytes) {
  const Go go(*parts_);
  auto events = parts_->events;
  if (!events) return;
  const bool rung_before = parts_->rung.exchange(true, std::memory_order_seq_cst);
  while (!bytes.empty()) {
    const engine::JobsTogether jobs;
    const auto some = bytes.first(std::min(bytes.size(), kBytesTogether));
    bytes = bytes.subspan(some.size());
    events->on_bytes(id, some);
  }
  if (!rung_before) parts_->rung.store(false, std::memory_order_seq_cst);
  events->on_notified();
}

void Sockets::tick() {
  const Go go(*parts_);
  for (const auto& doorman : parts_->doormen) doorman->go_on(system_clock().now());
  if (auto events = parts_->events) events->on_tick();
}

// Sits in the multiplexer's queue for everyone who rang since the last time.
class Sockets::Ringer final : public caf::io::network::multiplexer::runnable {
 public:
  explicit Ringer(std::weak_ptr<Sockets> sockets) : sockets_(std::move(sockets)) {}
  resume_result resume(caf::execution_unit*, std::size_t) override {
    if (auto sockets = sockets_.lock()) {
      const Go go(*sockets->parts_);
      sockets->parts_->rung.store(false, std::memory_order_seq_cst);
      if (auto events = sockets->parts_->events) events->on_notified();
    }
    return done;
  }

 private:
  const std::weak_ptr<Sockets> sockets_;
};

std::shared_ptr<Sockets> Sockets::create(engine::Engine& engine, Wires* wires) {
  if (wires) return std::shared_ptr<Sockets>(new Sockets(*wires));
  std::shared_ptr<Sockets> out(new Sockets(engine));
  out->parts_->ringer = caf::make_counted<Ringer>(out);
  return out;
}

Sockets::Sockets(Wires& wires) : wires_(&wires) {}

Sockets::Sockets(engine::Engine& engine) : wires_(nullptr) {
  auto* loop = dynamic_cast<caf::io::network::default_multiplexer*>(&engine.system().middleman().backend());
  TROUPE_CHECK(loop != nullptr);
  parts_ = std::make_unique<Parts>(engine, *loop);
}

Sockets::~Sockets() = default;

void Sockets::start(std::shared_ptr<SocketEvents> events, std::chrono::milliseconds tick) {
  if (wires_) return wires_->start(std::move(events), tick);
  caf::actor_config config{&parts_->loop};
  caf::actor broker = parts_->engine.system().spawn_impl<Broker, caf::hidden>(config, shared_from_this(), tick);
  post([this, events = std::move(events), broker] {
    parts_->events = events;
    parts_->broker_owner = broker;
    parts_->broker = static_cast<Broker*>(caf::actor_cast<caf::abstract_actor*>(broker));
  });
}

Result<std::uint16_t> Sockets::listen(const std::string& host, std::uint16_t port) {
  if (wires_) return wires_->listen(port);
  auto fd = tcp::listen(host, port);
  if (!fd) return fd.error();
  const std::uint16_t bound = tcp::local_port(*fd);
  post([this, fd = std::make_shared<tcp::Socket>(std::move(*fd))] {
    auto doorman = caf::make_counted<Doorman>(parts_->loop, fd->release(), shared_from_this());
    parts_->doormen.push_back(doorman);
    parts_->broker->add_doorman(std::move(doorman));
  });
  return std::uint16_t{bound};
}

void Sockets::connect(const std::string& host, std::uint16_t port, std::chrono::milliseconds timeout,
                      std::function<void(Result<ConnectionId>)> done) {
  if (wires_) return wires_->connect(port, std::move(done));
  auto self = shared_from_this();
  const bool taken = parts_->engine.run_blocking([self, host, port, timeout, done] {
    if (self->parts_->stopped) return;
    auto fd = tcp::connect(host, port, timeout);
    self->post([self, fd = std::make_shared<Result<tcp::Socket>>(std::move(fd)), done] {
      if (!*fd) return done(fd->error());
      const ConnectionId id = ++self->parts_->last_id;
      self->begin(id, fd->value().release());
      done(ConnectionId{id});
    });
  });
  if (!taken) post([done] { done(Error(ErrorKind::overloaded, "no thread is free to connect")); });
}

void Sockets::begin(ConnectionId id, int fd) {
  auto scribe = caf::make_counted<Scribe>(parts_->loop, fd, id, shared_from_this());
  parts_->broker->add_scribe(scribe);
  parts_->scribes.emplace(id, scribe);
  scribe->begin();
}

void Sockets::post(std::function<void()> work) {
  if (wires_) return wires_->post(std::move(work));
  if (parts_->stopped) return;
  parts_->loop.post([self = shared_from_this(), work = std::move(work)] {
    const Go go(*self->parts_);
    if (!self->parts_->stopped) work();
  });
}

void Sockets::notify() noexcept {
  if (wires_) [[unlikely]]
    return wires_->notify();
  if (engine::HeldBell::hold(*this)) return;
  ring();
}

void Sockets::ring() noexcept {
  if (parts_->rung.exchange(true, std::memory_order_seq_cst)) return;
  Ringer* ringer = parts_->ringer.get();
  ringer->intrusive_ptr_add_ref_impl();
  parts_->loop.exec_later(ringer);
}

bool Sockets::try_enter() noexcept {
  if (wires_ || parts_->inside.load(std::memory_order_relaxed) == std::this_thread::get_id()) return false;
  if (!parts_->place.try_lock()) return false;
  if (parts_->stopped) return parts_->place.unlock(), false;
  parts_->inside.store(std::this_thread::get_id(), std::memory_order_relaxed);
  return parts_->stands_in = true;
}

void Sockets::leave() noexcept {
  parts_->stands_in = false;
  parts_->inside.store({}, std::memory_order_relaxed);
  parts_->place.unlock();
}

std::vector<char>* Sockets::out(ConnectionId id) {
  if (wires_) [[unlikely]]
    return wires_->out(id);
  auto found = parts_->scribes.find(id);
  return found == parts_->scribes.end() ? nullptr : &found->second->wr_buf();
}

void Sockets::flush(ConnectionId id) {
  if (wires_) [[unlikely]]
    return wires_->flush(id);
  if (auto found = parts_->scribes.find(id); found != parts_->scribes.end()) {
    auto scribe = found->second;
    scribe->flush();
  }
}

bool Sockets::idle(ConnectionId id) const {
  if (wires_) return false;
  const auto found = parts_->scribes.find(id);
  return found != parts_->scribes.end() && found->second->idle();
}

void Sockets::close(ConnectionId id, bool at_once) {
  if (wires_) return wires_->close(id, at_once);
  auto found = parts_->scribes.find(id);
  if (found == parts_->scribes.end()) return;
  auto scribe = found->second;
  parts_->scribes.erase(found);
  if (at_once) scribe->cut();
  scribe->graceful_shutdown();
}

void Sockets::stop(std::function<void()> done) {
  if (wires_) return wires_->stop(std::move(done));
  parts_->stopped = true;
  auto events = std::move(parts_->events);  // may hold the last reference to its owner
  parts_->events.reset();
  parts_->scribes.clear();
  parts_->doormen.clear();
  std::exchange(parts_->broker, nullptr)->stopped_ = std::move(done);
  parts_->broker_owner = {};
}

}  // namespace troupe::net

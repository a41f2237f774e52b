// What Sockets is made of below the broker: the goes of the loop, in which no other thread is in its place, and the
// doormen. Private to it; beside sockets.cpp the only file here that includes CAF.
#pragma once

#include <sys/socket.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include <caf/actor.hpp>
#include <caf/intrusive_ptr.hpp>
#include <caf/io/abstract_broker.hpp>
#include <caf/io/doorman.hpp>
#include <caf/io/network/acceptor.hpp>
#include <caf/io/network/default_multiplexer.hpp>

#include "net/sockets.h"
#include "net/tcp.h"

namespace troupe::net {

struct Sockets::Parts {
  Parts(engine::Engine& engine_in, caf::io::network::default_multiplexer& loop_in) : engine(engine_in), loop(loop_in) {}
  engine::Engine& engine;
  caf::io::network::default_multiplexer& loop;
  caf::intrusive_ptr<Ringer> ringer;
  std::atomic<bool> rung{false};
  std::atomic<bool> stopped{false};

  std::mutex place;
  std::atomic<std::thread::id> inside{};  // who holds it

  // Whoever holds the place.
  bool stands_in = false;  // and it is not the loop
  std::shared_ptr<SocketEvents> events;
  caf::actor broker_owner;
  Broker* broker = nullptr;
  std::unordered_map<ConnectionId, caf::intrusive_ptr<Scribe>> scribes;
  std::vector<caf::intrusive_ptr<Doorman>> doormen;
  ConnectionId last_id = 0;
};

// Nobody else is in the loop's place until it ends. Goes nest.
class Sockets::Go {
 public:
  explicit Go(Parts& parts) noexcept
      : parts_(parts), is_outermost_(parts.inside.load(std::memory_order_relaxed) != std::this_thread::get_id()) {
    if (!is_outermost_) return;
    parts_.place.lock();
    parts_.inside.store(std::this_thread::get_id(), std::memory_order_relaxed);
  }
  ~Go() {
    if (!is_outermost_) return;
    parts_.inside.store({}, std::memory_order_relaxed);
    parts_.place.unlock();
  }
  Go(const Go&) = delete;
  Go& operator=(const Go&) = delete;

 private:
  Parts& parts_;
  const bool is_outermost_;
};

// CAF would take a failed accept() for nothing, and be woken for the same connection at once and for ever.
class Sockets::Doorman final : public caf::io::doorman {
 public:
  Doorman(caf::io::network::default_multiplexer& loop, int fd, std::shared_ptr<Sockets> sockets)
      : doorman(caf::io::network::accept_hdl_from_socket(fd)),
        acceptor_(loop, fd, *this),
        sockets_(std::move(sockets)) {}

  bool new_connection() override {
    if (detached()) return false;
    Parts& parts = *sockets_->parts_;
    const Go go(parts);
    const ConnectionId id = ++parts.last_id;
    tcp::Socket socket(acceptor_.accepted_socket());
    auto events = parts.events;
    // Asked first: CAF never lets go of a scribe that begins and ends in one turn of the loop.
    if (!events || !events->on_accepted(id, tcp::remote_name(socket))) return true;
    sockets_->begin(id, socket.release());
    return true;
  }

  // After a pause that is over, takes connections again.
  void go_on(TimePoint now) {
    if (!resume_at_ || now < *resume_at_ || detached()) return;
    resume_at_.reset();
    add_to_loop();
  }

  void graceful_shutdown() override {
    acceptor_.graceful_shutdown();
    detach(&acceptor_.backend(), false);
  }
  void launch() override { acceptor_.start(this); }
  void add_to_loop() override { acceptor_.activate(this); }
  void remove_from_loop() override { acceptor_.passivate(); }
  std::string addr() const override { return {}; }  // nobody asks
  std::uint16_t port() const override { return 0; }

 private:
  class Acceptor final : public caf::io::network::acceptor {
   public:
    Acceptor(caf::io::network::default_multiplexer& loop, int fd, Doorman& doorman)
        : acceptor(loop, fd), doorman_(doorman) {}
    void handle_event(caf::io::network::operation op) override { handle_event_impl(op, *this); }
    // As CAF's policies have it: false after an error.
    bool try_accept(caf::io::network::native_socket& accepted, caf::io::network::native_socket listening) {
      accepted = ::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC);
      if (accepted < 0) doorman_.failed(errno);
      return accepted >= 0;
    }

   private:
    Doorman& doorman_;
  };

  void failed(int error) {
    const bool nobody_there = error == EAGAIN || error == EWOULDBLOCK || error == EINTR || error == ECONNABORTED;
    if (nobody_there) return;
    remove_from_loop();
    resume_at_ = later(system_clock().now(), kAcceptPause);
    const Go go(*sockets_->parts_);
    if (auto events = sockets_->parts_->events) events->on_accept_failed(std::strerror(error));
  }

  Acceptor acceptor_;
  std::optional<TimePoint> resume_at_;  // it pauses until then
  const std::shared_ptr<Sockets> sockets_;
};

}  // namespace troupe::net

// The bytes under the links: listening, connecting, reading and writing on CAF's multiplexer, as one broker.
//
// Everything happens on the multiplexer's thread ("the loop"), events included, except where a function says
// "any thread". While the loop has nothing to do another thread may take its place, to write. CAF's own protocol is
// never opened. In a simulation all of it is handed on to Wires.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/held_wakes.h"
#include "net/peer.h"
#include "net/wires.h"
#include "troupe/error.h"

namespace troupe::engine {
class Engine;
}

namespace troupe::net {

// Between two attempts to take a connection while there is no descriptor for it.
inline constexpr std::chrono::milliseconds kAcceptPause{100};

class SocketEvents {
 public:
  // False: not wanted; it is closed at once.
  virtual bool on_accepted(ConnectionId id, const std::string& from) = 0;
  // A connection waits, and the system has nothing to take it with. It is tried again after kAcceptPause.
  virtual void on_accept_failed(const std::string& why) = 0;
  virtual void on_bytes(ConnectionId id, std::span<const char> bytes) = 0;
  // The other side closed it, or it broke. Not after close().
  virtual void on_closed(ConnectionId id) = 0;
  // Somebody rang, or bytes were taken in.
  virtual void on_notified() = 0;
  virtual void on_tick() = 0;

 protected:
  ~SocketEvents() = default;
};

class Sockets final : public Notifier, public Bell, public std::enable_shared_from_this<Sockets> {
 public:
  // `wires` outlives it; null: the machine's sockets.
  static std::shared_ptr<Sockets> create(engine::Engine& engine, Wires* wires = nullptr);
  ~Sockets();

  // --- any thread ---
  // Events begin; `events` is kept until stop().
  void start(std::shared_ptr<SocketEvents> events, std::chrono::milliseconds tick);
  // Port 0 picks one; the port in use is the result. Which addresses may be used is the transport's rule. May block
  // shortly.
  Result<std::uint16_t> listen(const std::string& host, std::uint16_t port);
  // Connects on a thread that may block, then calls `done` on the loop.
  void connect(const std::string& host, std::uint16_t port, std::chrono::milliseconds timeout,
               std::function<void(Result<ConnectionId>)> done);
  // Runs `work` on the loop; dropped after stop().
  void post(std::function<void()> work);
  // on_notified() will follow; many of these may make one. From a handler it may wait a moment (engine::HeldBell).
  void notify() noexcept override;
  // Then out(), flush() and idle() may be called until leave(). Not in a simulation.
  [[nodiscard]] bool try_enter() noexcept override;
  void leave() noexcept override;

  // --- the loop ---
  // Bytes to write; null when the connection is gone. flush() sends them.
  [[nodiscard]] std::vector<char>* out(ConnectionId id);
  void flush(ConnectionId id);
  // It is there, and nothing waits to be written.
  [[nodiscard]] bool idle(ConnectionId id) const;
  // What was flushed is still written; with `at_once` it is not.
  void close(ConnectionId id, bool at_once);
  // Closes everything; no event will come. Calls `done` when the broker has ended.
  void stop(std::function<void()> done);

 private:
  class Broker;
  class Scribe;
  class Doorman;
  class Ringer;
  class Go;
  struct Parts;

  explicit Sockets(engine::Engine& engine);
  explicit Sockets(Wires& wires);
  void begin(ConnectionId id, int fd);
  void ring() noexcept override;
  void take(ConnectionId id, std::span<const char> bytes);
  void tick();

  Wires* const wires_;
  std::unique_ptr<Parts> parts_;  // null with wires
};

}  // namespace troupe::net

// What carries the bytes of one node's links in a simulation, instead of the machine's sockets: the same calls and the
// same events as Sockets has, with no thread and no descriptor. Outside of a simulation there is none.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "troupe/error.h"

namespace troupe::net {

class SocketEvents;

// Never used twice, unlike file descriptors.
using ConnectionId = std::uint64_t;

// As sockets.h says of each. Everything on the simulation's one thread; events come in steps of their own, never from
// within a call.
class Wires {
 public:
  virtual void start(std::shared_ptr<SocketEvents> events, std::chrono::milliseconds tick) = 0;
  virtual Result<std::uint16_t> listen(std::uint16_t port) = 0;
  virtual void connect(std::uint16_t port, std::function<void(Result<ConnectionId>)> done) = 0;
  virtual void post(std::function<void()> work) = 0;
  virtual void notify() noexcept = 0;
  [[nodiscard]] virtual std::vector<char>* out(ConnectionId id) = 0;
  virtual void flush(ConnectionId id) = 0;
  virtual void close(ConnectionId id, bool at_once) = 0;
  virtual void stop(std::function<void()> done) = 0;

 protected:
  ~Wires() = default;
};

}  // namespace troupe::net

// The network of a simulation: what one node's links write comes to the other's in steps, cut into any pieces. A
// connection keeps its order and loses nothing until it breaks; then what was under way is lost from any byte on.
// One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/steps.h"
#include "net/sockets.h"
#include "net/wires.h"
#include "testing/dice.h"
#include "testing/simulated_clock.h"

namespace troupe::testing {

class SimulatedNetwork {
 public:
  class End;

  SimulatedNetwork(Dice& dice, SimulatedClock& clock) : dice_(dice), clock_(clock) {}

  // Every connection that node has breaks, now.
  void break_connections(End& end);
  // For so long nothing arrives anywhere, and nobody is told; then what was under way goes on.
  void hold(std::chrono::nanoseconds time) { held_until_ = later(clock_.now(), time); }
  // Told of what arrives where: for a trace.
  std::function<void(const std::string& node, const std::vector<char>& bytes)> on_arrival;

 private:
  friend class End;
  Dice& dice_;
  SimulatedClock& clock_;
  [[nodiscard]] bool holds() const noexcept { return clock_.now() < held_until_; }
  std::map<std::uint16_t, End*> listeners_;
  TimePoint held_until_ = TimePoint::min();
};

// One node's sockets. It outlives the node, and serves the next run of it.
class SimulatedNetwork::End final : public net::Wires {
 public:
  // All outlive it.
  End(SimulatedNetwork& network, Steps& steps, std::string node);
  ~End();

  // The power is gone: nothing leaves any more and nothing comes. Before the node's objects are put away.
  void cut_power();
  // They are; another run of the node may begin.
  void power_up();

  // --- the node's links ---
  void start(std::shared_ptr<net::SocketEvents> events, std::chrono::milliseconds tick) override;
  Result<std::uint16_t> listen(std::uint16_t port) override;
  void connect(std::uint16_t port, std::function<void(Result<net::ConnectionId>)> done) override;
  void post(std::function<void()> work) override;
  void notify() noexcept override { rung_ = true; }
  [[nodiscard]] std::vector<char>* out(net::ConnectionId id) override;
  void flush(net::ConnectionId id) override;
  void close(net::ConnectionId id, bool at_once) override;
  void stop(std::function<void()> done) override;

 private:
  friend class SimulatedNetwork;
  // This node's half of a connection.
  struct Half {
    net::ConnectionId id = 0;
    std::weak_ptr<Half> other;
    std::vector<char> out;       // not flushed yet
    std::vector<char> arriving;  // on its way to this node
    bool ends = false;           // and then it is closed
    bool closed = false;         // by this side
  };
  using HalfPtr = std::shared_ptr<Half>;

  void add_steps();
  void connect_now(std::uint16_t port, const std::function<void(Result<net::ConnectionId>)>& done);
  void accept_one();
  void arrive(std::size_t which);
  void tick_later();
  [[nodiscard]] std::vector<HalfPtr> with_news() const;
  // What is on its way to `half` is lost from any byte on, and the end comes behind the rest.
  void lose(Half& half);

  SimulatedNetwork& network_;
  Steps& steps_;
  const std::string node_;
  bool has_power_ = true;
  bool running_ = false;
  std::uint64_t run_ = 0;
  net::ConnectionId last_id_ = 0;
  std::shared_ptr<net::SocketEvents> events_;
  std::chrono::milliseconds tick_{0};
  bool tick_due_ = false;
  bool rung_ = false;
  std::deque<std::function<void()>> work_;
  std::deque<HalfPtr> accepting_;
  std::map<net::ConnectionId, HalfPtr> halves_;
  std::function<void()> stopped_;
};

}  // namespace troupe::testing

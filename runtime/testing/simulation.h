// Whole nodes on one thread under a seed: the seed picks which actor receives its next mail, which batch is written,
// which bytes arrive, when time passes and where the power goes. The same seed gives the same steps.
//
// The nodes are real ones: router, registry, activations, store, LMDB, commit log, frames and handshake. What is not
// theirs is the thread under each part (Steps), the machine's clocks, sockets and chance, and when a disk has synced.
// Whoever drives it calls services by then(), never by get(), and takes steps until what it waits for has come.
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/test_hooks.h"
#include "testing/dice.h"
#include "testing/simulated_clock.h"
#include "testing/simulated_disk.h"
#include "testing/simulated_network.h"
#include "troupe/node.h"

namespace troupe::testing {

// What happened, as a number: the same for the same steps with the same outcome.
struct Trace {
  std::uint64_t steps = 0;
  std::uint64_t hash = 0;
  void note(std::uint64_t word) noexcept { hash = mix(hash ^ word) + 0x9e3779b97f4a7c15ULL; }
  friend bool operator==(const Trace&, const Trace&) = default;
};

struct SimulationOptions {
  std::uint64_t seed = 0;
  std::filesystem::path directory;  // for the nodes' data
  std::vector<std::string> nodes;   // which all own actors
  std::function<void(Node&)> host;  // each node's services, whenever it starts
  std::function<void(NodeConfig&)> configure = {};
  std::ostream* lines = nullptr;  // a line for each step; null: none
};

class Simulation {
 public:
  explicit Simulation(SimulationOptions options);
  // Every node loses its power.
  ~Simulation();
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  // --- nodes, by their place in the options; not from within a step ---
  void start(std::size_t node);
  // In order, while all others go on.
  StopReport stop(std::size_t node, std::chrono::milliseconds deadline);
  // Null while it does not run.
  [[nodiscard]] Node* node(std::size_t node) noexcept;

  // What runs there; null while it does not.
  [[nodiscard]] host::NodeParts* parts(std::size_t node) noexcept;

  // --- mischief; also from within a step ---
  // It goes at once, and what had not been synced with it. node() is null from here on; its objects are put away
  // before the next step.
  void cut_power(std::size_t node);
  // At such a moment of the disk's work, the `nth` from now on.
  void cut_power_at(std::size_t node, SimulatedDisk::Moment moment, std::uint64_t nth);
  void break_connections(std::size_t node);
  // Nothing arrives anywhere for so long, and no connection is made.
  void hold_network(std::chrono::milliseconds time);
  [[nodiscard]] SimulatedDisk& disk(std::size_t node) noexcept;
  // From within a step: whose it is. Nothing: of no node.
  [[nodiscard]] std::optional<std::size_t> at_work() const noexcept { return at_work_; }

  // --- steps ---
  // One thing happens, or time passes. False: nothing is left that could ever happen.
  bool step();
  // Steps until `condition` is met; false: not within so many.
  [[nodiscard]] bool until(const std::function<bool()>& condition, std::uint64_t most_steps);
  [[nodiscard]] const Trace& trace() const noexcept { return trace_; }
  void note(std::string_view what);
  [[nodiscard]] SimulatedClock& clock() noexcept { return clock_; }
  [[nodiscard]] Dice& dice() noexcept { return dice_; }

 private:
  class NodeSlot;
  struct Way {
    NodeSlot* slot = nullptr;
    std::size_t step = 0;  // of the slot's
    std::size_t ways = 0;
  };

  [[nodiscard]] NodeConfig config_of(NodeSlot& slot);
  void collect(NodeSlot& slot, Pace pace);
  bool take_one_of_collected();
  void take(const Way& way);
  bool ring_one();
  bool pass_time();
  void put_away(NodeSlot& slot);
  void wait_in(NodeSlot& slot);

  const SimulationOptions options_;
  Dice dice_;
  // In this life: one of so many steps passes time though others wait, and so much at most.
  const std::uint64_t time_passes_;
  const std::uint64_t most_microseconds_;
  SimulatedClock clock_;
  SimulatedNetwork network_;
  Trace trace_;
  std::vector<Way> ways_;
  std::optional<std::size_t> at_work_;
  std::vector<std::unique_ptr<NodeSlot>> slots_;
};

}  // namespace troupe::testing

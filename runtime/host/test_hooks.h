// What a test puts between a node and its clock, its disk, its links, its messages and its turns: the test kit
// (troupe/testing.h) makes one for each node, and a simulation (testing/simulation.h), which also takes its threads.
// NodeConfig carries it; outside tests there is none.
#pragma once

#include <functional>
#include <vector>

#include "actor/turn_faults.h"
#include "base/clock.h"
#include "base/observer.h"
#include "base/random.h"
#include "base/steps.h"
#include "cluster/message_faults.h"
#include "engine/alarms.h"
#include "net/link_gate.h"
#include "net/wires.h"
#include "store/disk_faults.h"
#include "troupe/node.h"

namespace troupe::host {

struct NodeRouting;
class NodeParts;

// All of it outlives the node, Refs of it included. But for the clock it may be null, for what a node has without a
// test.
struct TestHooks {
  const Clock* clock = &system_clock();
  engine::Alarms* alarms = nullptr;
  store::DiskFaults* disk = nullptr;
  net::LinkGate* gate = nullptr;
  cluster::MessageFaults* messages = nullptr;
  actor::TurnFaults* turns = nullptr;
  std::vector<Observer*> observers{};  // told in this order
  // Of a simulation. With steps the node has no thread, and needs a clock, alarms, wires and chance of the same sort.
  Steps* steps = nullptr;
  net::Wires* wires = nullptr;
  Chance* chance = nullptr;
  std::size_t log_bytes = 0;  // of the store's commit log; 0: as it is without a test
  // The node runs, on the thread that starts it; and its parts are about to go, with its turns, commits and links gone.
  std::function<void(NodeParts&)> begun;
  std::function<void()> ended;
};

[[nodiscard]] inline Steps* steps_of(const NodeConfig& config) noexcept {
  return config.test_hooks ? config.test_hooks->steps : nullptr;
}
[[nodiscard]] inline Chance* chance_of(const NodeConfig& config) noexcept {
  return config.test_hooks ? config.test_hooks->chance : nullptr;
}
// What the clock shows that the time for stopping is measured by: the machine's, for a testbed's may stand still while
// its threads run.
[[nodiscard]] inline TimePoint stops_by(const TestHooks* hooks) noexcept {
  return hooks && hooks->steps ? hooks->clock->exact_now() : std::chrono::steady_clock::now();
}
[[nodiscard]] inline TimePoint stops_by(const NodeConfig& config) noexcept { return stops_by(config.test_hooks.get()); }

}  // namespace troupe::host

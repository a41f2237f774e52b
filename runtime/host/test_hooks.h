// What a test puts between a node and its clock, its disk, its links, its messages and its turns: the test kit
// (troupe/testing.h) makes one for each node. NodeConfig carries it; outside tests there is none.
#pragma once

#include <functional>
#include <vector>

#include "actor/turn_faults.h"
#include "base/clock.h"
#include "base/observer.h"
#include "cluster/message_faults.h"
#include "engine/alarms.h"
#include "net/link_gate.h"
#include "store/disk_faults.h"

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
  // The node runs, on the thread that starts it; and its parts are about to go, with its turns, commits and links gone.
  std::function<void(NodeParts&)> begun;
  std::function<void()> ended;
};

}  // namespace troupe::host

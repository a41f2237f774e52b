// What a test puts between a node and its clock, its disk, its links, its messages and its turns: the test kit
// (troupe/testing.h) makes one for each node. NodeConfig carries it; outside tests there is none.
#pragma once

#include <functional>

#include "actor/turn_faults.h"
#include "base/clock.h"
#include "cluster/message_faults.h"
#include "engine/alarms.h"
#include "net/link_gate.h"
#include "store/disk_faults.h"

namespace troupe::host {

struct NodeRouting;
class NodeParts;

// All of it outlives the node, Refs of it included; nothing of it is null.
struct TestHooks {
  const Clock* clock;
  engine::Alarms* alarms;
  store::DiskFaults* disk;
  net::LinkGate* gate;
  cluster::MessageFaults* messages;
  actor::TurnFaults* turns;
  // The node runs, on the thread that starts it; and its parts are about to go, with its turns, commits and links gone.
  std::function<void(NodeParts&)> begun;
  std::function<void()> ended;
};

}  // namespace troupe::host

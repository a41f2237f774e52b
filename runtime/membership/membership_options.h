// How a node is a member. Plain values.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/random.h"
#include "troupe/log.h"

namespace troupe::membership {

// How a member is by its own account.
struct NodeCondition {
  bool ready = true;
  std::map<std::uint64_t, std::string> troubles{};  // of services that are not well, by id
  friend bool operator==(const NodeCondition&, const NodeCondition&) = default;
};

struct MembershipOptions {
  std::string cluster;
  std::string node;
  // So long after a member has died without anybody noticing otherwise, it counts as dead.
  std::chrono::milliseconds session_ttl{5'000};
  // What turns have to come to their end while their partition is handed over; then they are ended where they wait.
  std::chrono::milliseconds drain{2'000};
  // Partitions move to where everybody has their share as soon as somebody comes; false: when a member is drained, or
  // is lost, and else by hand.
  bool rebalance = true;
  // Given at a time.
  unsigned moves = 4;
  // What its record is to say of it; asked at every look. Empty: it is ready, and all is well.
  std::function<NodeCondition()> condition{};
  LogSink log{};
  Chance* chance = nullptr;
};

}  // namespace troupe::membership

// MemberSource: who the members of the cluster are and who owns its partitions, as a node knows it, and how a member is
// drained. Any thread; what changes something waits for the coordinator.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "troupe/directory.h"
#include "troupe/error.h"

namespace troupe::observe {

// Of a cluster of listed members, a node knows of itself alone its incarnation, pid, store and services.
struct ClusterMemberView {
  std::string name;
  std::string address;  // "127.0.0.1:7101"
  std::string state;    // joining | serving | draining | left
  bool alive = false;   // its session lasts; of a listed member: the link to it is up
  std::uint64_t incarnation = 0;
  bool client = false;
  std::uint32_t weight = 0;
  std::string zone;
  std::map<std::string, std::string> labels;
  std::string store;  // which data directory; empty: none, or not known here
  std::int64_t pid = 0;
  std::uint32_t with_rows = 0;  // partitions that it owns
  std::uint32_t without_rows = 0;
  std::vector<std::string> services;
  std::uint64_t suspect_since_ms = 0;  // wall clock, when this node lost its link to it for good; 0: it did not
  struct SickService {
    std::string service;
    std::string why;
  };
  std::vector<SickService> sick{};  // services that are not well by their own checks
  struct Refusal {
    std::string member;
    std::uint32_t partitions = 0;
    std::string why;  // of one of them
  };
  std::vector<Refusal> refused{};  // by members whose programs may not have partitions that it owns
};

struct MembersView {
  std::string cluster;
  bool joined = false;      // false: the configuration lists the members
  std::string coordinator;  // which, and where; empty: none
  std::vector<ClusterMemberView> members;
};

struct PartitionView {
  std::uint32_t number = 0;
  bool rows = false;
  std::uint64_t epoch = 0;  // 0: nobody was ever said to own it
  std::string owner;
  std::string target;   // to whom it is to go; empty: it stays
  std::string here;     // closed | leading | draining: as this node has it
  bool pinned = false;  // moved by hand, and stays
  // Of its record: of what two nodes say the greater is the later. 0: the members are listed.
  std::uint64_t version = 0;
};

// A partition that this node gives away now.
struct MovingView {
  std::uint32_t partition = 0;
  std::string to;
  std::string stage;  // copies | hands over
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
};

// Of this node, since it started. Pauses are what calls waited for in the last of them.
struct HandOversView {
  std::uint64_t done = 0;
  std::uint64_t failed = 0;
  std::chrono::microseconds pause_p50{0};
  std::chrono::microseconds pause_p99{0};
  std::string last_error;
};

struct PartitionsView {
  std::string cluster;
  std::vector<PartitionView> partitions;
  std::vector<MovingView> moving;  // of this node
  HandOversView hand_overs;
  bool rebalances = false;  // this node, if it plans, moves partitions to where everybody has their share
};

enum class MemberOrder : std::uint8_t {
  drain,  // gives all that it owns to others
  serve,  // owns partitions, as before
  leave   // is no member any more; only when it owns nothing
};

struct OrderedView {
  std::string name;
  std::string before;  // states
  std::string state;
  std::uint32_t with_rows = 0;  // partitions that it owns at this moment
  std::uint32_t without_rows = 0;
};

struct OrderedMove {
  std::uint32_t partition = 0;
  std::string from;
  std::string to;
  std::uint64_t epoch = 0;
};

class MemberSource {
 public:
  [[nodiscard]] virtual MembersView members() = 0;
  [[nodiscard]] virtual PartitionsView partitions() = 0;
  // Done when the coordinator has it; the partitions go afterwards. `not_found`: there is no such member. `invalid`:
  // the members are listed, or what is to leave owns something. `unavailable`: the coordinator cannot be reached.
  [[nodiscard]] virtual Result<OrderedView> order(const std::string& member, MemberOrder order) = 0;
  // Of partitions, as membership/orders.h says; `invalid` of a cluster of listed members, too.
  [[nodiscard]] virtual Result<OrderedMove> move(std::uint32_t partition, const std::string& to) = 0;
  [[nodiscard]] virtual Result<OrderedMove> force(std::uint32_t partition, const std::string& to) = 0;
  [[nodiscard]] virtual Result<std::vector<OrderedMove>> rebalance(bool dry_run) = 0;
  // The cluster as this node knows it.
  [[nodiscard]] virtual std::shared_ptr<const ClusterDirectory> directory() = 0;

 protected:
  ~MemberSource() = default;
};

}  // namespace troupe::observe

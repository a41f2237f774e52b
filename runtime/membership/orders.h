// What people order of partitions, as transactions on the cluster's records: any node takes an order, and whoever owns
// the partition acts on it. Any thread; waits for the coordinator.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "membership/cluster_access.h"
#include "membership/planner.h"

namespace troupe::membership {

class PartitionOrders {
 public:
  // Both outlive it; `audit` writes down who lost what by an order.
  PartitionOrders(ClusterAccess& access, std::function<void(const std::string&)> audit)
      : access_(access), audit_(std::move(audit)) {}

  struct Moved {
    PartitionId partition = 0;
    std::string from;
    std::string to;
    Epoch epoch = 0;  // in which it is led now
  };
  // Its owner gives it to `to`, where it stays until rebalance() or a drain; to the owner itself: a move that was
  // ordered comes to nothing, and it stays. Done when the coordinator has it; the partition goes afterwards.
  // `not_found`: no such member. `invalid`: `to` cannot have it, has it, or it is on its way to another one.
  // `unavailable`: its owner, or `to`, does not live or is not ready, or `to` refused it.
  [[nodiscard]] Result<Moved> move(PartitionId partition, const std::string& to);

  // `to` begins with it in the next epoch, empty: what its owner has on its disk is given up for good, and that node is
  // refused with it from then on. Only of a partition with rows whose owner does not live. Errors as of move().
  [[nodiscard]] Result<Moved> force(PartitionId partition, const std::string& to);

  // To where everybody has their share, also what was moved by hand. What is to go where; with `dry_run` nothing is
  // ordered.
  [[nodiscard]] Result<std::vector<Moved>> rebalance(bool dry_run);

 private:
  struct Looked {
    Known<PartitionRecord> partition;
    MemberRecord to;
    bool owner_lives = false;
    std::string refusal{};  // why `to` will not have it; empty: nothing is known
  };
  [[nodiscard]] Result<Looked> look(PartitionId partition, const std::string& to);
  [[nodiscard]] Result<void> may_have(const Directory& known, PartitionId partition, const std::string& to) const;
  template <class Change>
  [[nodiscard]] Result<Moved> change(PartitionId partition, const std::string& to, Change change);

  ClusterAccess& access_;
  const std::function<void(const std::string&)> audit_;
};

}  // namespace troupe::membership

// What a node knows of its cluster's records, kept up by their changes, and the view that they make. Pure; one thread.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cluster/cluster_view.h"
#include "coordinator/coordinator.h"
#include "membership/records.h"

namespace troupe::membership {

// A record and the version that a transaction which replaces it has to name.
template <class Record>
struct Known {
  Record record;
  coordinator::Version version = 0;
};

class Directory {
 public:
  // All records, as they were at one version. `corrupt`: one of them cannot be read; the rest is there.
  [[nodiscard]] Result<void> load(const coordinator::Range& range);
  // What is no later than what is known changes nothing, so a change may be told twice and in any order of keys.
  [[nodiscard]] Result<void> apply(const coordinator::Change& change);

  [[nodiscard]] const std::optional<Known<ClusterRecord>>& cluster() const noexcept { return cluster_; }
  [[nodiscard]] const std::map<std::string, Known<MemberRecord>>& members() const noexcept { return members_; }
  [[nodiscard]] const Known<MemberRecord>* member(const std::string& name) const;
  [[nodiscard]] const Known<LifeRecord>* life(const std::string& name) const;
  // Its session lasts, and is of its latest run.
  [[nodiscard]] bool alive(const std::string& name) const;
  // Null: nobody was ever said to own it.
  [[nodiscard]] const Known<PartitionRecord>* partition(PartitionId partition) const;
  // Why the program that this member runs may not have it; null: nothing is known against it.
  [[nodiscard]] const std::string* refusal(const PartitionRecord& partition, const std::string& member) const;
  [[nodiscard]] bool complete() const;  // every partition has an owner
  [[nodiscard]] std::vector<PartitionId> owned_by(std::string_view member) const;

  // The next view after `before`, whose members keep their places. A partition without a record stays where it was.
  [[nodiscard]] cluster::ClusterView view(const cluster::ClusterView& before) const;

 private:
  template <class Record, class Parse>
  [[nodiscard]] Result<void> put(std::optional<Known<Record>>& into, const coordinator::Change& change, Parse parse);
  template <class Record, class Parse>
  [[nodiscard]] Result<void> put(std::map<std::string, Known<Record>>& into, std::string_view name,
                                 const coordinator::Change& change, Parse parse);

  std::optional<Known<ClusterRecord>> cluster_;
  std::map<std::string, Known<MemberRecord>> members_;
  std::map<std::string, Known<LifeRecord>> lives_;
  std::array<std::optional<Known<PartitionRecord>>, kAllPartitions> partitions_{};
  // Of records that have gone, so that an older change does not bring them back.
  std::map<std::string, coordinator::Version> gone_;
};

}  // namespace troupe::membership

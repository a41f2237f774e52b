// What the coordinator holds of a cluster, as records: who its members are, which of them live, and who owns what.
// Values are JSON, so that people can read them with the coordinator's own tools. Pure.
//
//   cluster               ClusterRecord     written once, by the node that comes first
//   members/<name>        MemberRecord      written by the member; its state by anybody who drains it
//   alive/<name>          LifeRecord        of the member's session: it goes when the member does
//   partitions/<number>   PartitionRecord   written by its owner, or by the planner (planner.h) when that is dead
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/epoch.h"
#include "base/partition_kinds.h"
#include "cluster/known_member.h"
#include "troupe/error.h"

namespace troupe::membership {

// Of what stands in the coordinator. A node that reads a later one does not join.
inline constexpr std::uint32_t kRecordsFormat = 1;

struct ClusterRecord {
  std::uint32_t format = kRecordsFormat;
  std::string name;  // as its nodes are configured
  std::string id;    // by chance: two clusters of one name are two
};

using cluster::MemberState;
using cluster::to_string;

struct ServiceRecord {
  std::string name;
  std::uint64_t id = 0;
  bool durable = false;
  std::uint32_t state_version = 0;
  std::uint64_t schema_hash = 0;
  std::string trouble{};  // what its own check finds wrong; empty: nothing
  friend bool operator==(const ServiceRecord&, const ServiceRecord&) = default;
};

struct MemberRecord {
  std::uint64_t incarnation = 0;  // of its runs, counted here
  std::string store;              // which data directory; empty: it has none
  std::string host;
  std::uint16_t port = 0;
  bool client = false;  // owns nothing
  MemberState state = MemberState::serving;
  bool ready = true;    // it has started, and what it keeps running runs; until then partitions do not go to it
  bool listed = false;  // in this run it came out of a list of members, and others of that have what nobody claimed yet
  std::uint32_t weight = 100;  // how much of all it is to own, beside the others
  std::string zone;
  std::map<std::string, std::string> labels;
  std::vector<ServiceRecord> services;
  std::int64_t pid = 0;
  friend bool operator==(const MemberRecord&, const MemberRecord&) = default;
};

struct LifeRecord {
  std::uint64_t incarnation = 0;
};

// Why a member's program may not have a partition; it stands as long as that run of it.
struct SchemaRefusal {
  std::uint64_t incarnation = 0;
  std::string why;
  friend bool operator==(const SchemaRefusal&, const SchemaRefusal&) = default;
};

struct PartitionRecord {
  Epoch epoch = 0;
  std::string owner;    // a member
  std::string store;    // the owner's, of partitions with rows
  std::string target;   // to whom the owner is to give it; empty: to nobody
  Epoch forced = 0;     // the last epoch that began without what the owner before it had; 0: none
  bool pinned = false;  // somebody moved it by hand: it stays, until its owner is drained or somebody rebalances
  std::map<std::string, SchemaRefusal> refused{};  // by members, as its owner heard it from them
  friend bool operator==(const PartitionRecord&, const PartitionRecord&) = default;
};

// --- keys ---
inline constexpr std::string_view kClusterKey = "cluster";
inline constexpr std::string_view kMembersPrefix = "members/";
inline constexpr std::string_view kAlivePrefix = "alive/";
inline constexpr std::string_view kPartitionsPrefix = "partitions/";
[[nodiscard]] std::string member_key(std::string_view name);
[[nodiscard]] std::string alive_key(std::string_view name);
[[nodiscard]] std::string partition_record_key(PartitionId partition);
// Nothing: the key is of no partition.
[[nodiscard]] std::optional<PartitionId> partition_in_key(std::string_view key);

// --- values ---
[[nodiscard]] std::string to_json(const ClusterRecord& record);
[[nodiscard]] std::string to_json(const MemberRecord& record);
[[nodiscard]] std::string to_json(const LifeRecord& record);
[[nodiscard]] std::string to_json(const PartitionRecord& record);
// `corrupt` names the key, and what is wrong with its value.
[[nodiscard]] Result<ClusterRecord> cluster_record(std::string_view key, std::string_view json);
[[nodiscard]] Result<MemberRecord> member_record(std::string_view key, std::string_view json);
[[nodiscard]] Result<LifeRecord> life_record(std::string_view key, std::string_view json);
[[nodiscard]] Result<PartitionRecord> partition_record(std::string_view key, std::string_view json);

}  // namespace troupe::membership

// Durable keys: what a key in the store's "records" database looks like, and how one is taken apart.
//
// Every durable key begins with its partition number, because a partition is copied, followed and handed
// over as one range of keys. Pure functions; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "troupe/error.h"
#include "troupe/ids.h"

namespace troupe::store {

// LMDB ends keys here (its compile-time default, which Debian keeps).
inline constexpr std::size_t kMaxKeyBytes = 511;
// [u16 partition][u8 kind][u64 service type id], all big-endian so that ranges sort.
inline constexpr std::size_t kActorKeyPrefixBytes = 11;

// The third byte of every durable key. The numbers are on disk and stay as they are.
enum class KeyKind : std::uint8_t {
  actor = 1,         // one actor record: state and remembered replies
  table = 2,         // reserved: rows of an actor's tables
  outbox = 3,        // reserved: messages of a turn that are still to be delivered
  reminder = 4,      // reserved: durable timers
  subscription = 5,  // reserved: topics
};

struct ActorKey {
  PartitionId partition = 0;
  std::uint64_t service = 0;
  std::string key;
};

// The key of an actor's record. `key` is at most limits::kMaxActorKeyBytes long: callers have checked it.
[[nodiscard]] std::string actor_key(PartitionId partition, std::uint64_t service_type_id, std::string_view key);
// The same, with the partition that (service, key) belongs to.
[[nodiscard]] std::string actor_key(std::uint64_t service_type_id, std::string_view key);
// `corrupt` when the bytes are not an actor key.
[[nodiscard]] Result<ActorKey> parse_actor_key(std::string_view bytes);

// Half-open ranges [first, past) of keys.
struct KeyRange {
  std::string first = {};
  std::string past = {};  // empty: to the end
};
[[nodiscard]] KeyRange partition_range(PartitionId partition);
[[nodiscard]] KeyRange actors_of(PartitionId partition, std::uint64_t service_type_id);

// Whether the queue may write `key` for `partition`: its length is legal and it begins with the partition.
[[nodiscard]] Result<void> check_key(PartitionId partition, std::string_view key);

}  // namespace troupe::store

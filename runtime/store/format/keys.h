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
  actor = 1,          // one actor record: state and the newest remembered replies
  table = 2,          // rows of an actor's tables, and their counts
  outbox = 3,         // messages an actor sent that are not acknowledged yet
  reminder = 4,       // durable timers by the time they are due
  subscription = 5,   // reserved
  channel = 6,        // how far an actor has received the messages of one sender
  dead_letter = 7,    // messages an actor sent that were given up
  reminder_name = 8,  // an actor's durable timers by their names
  replies = 9,        // an actor's older remembered replies, a page a row
  history = 10,       // an actor's earlier states
  erasure = 11,       // that an actor is being erased, in more than one commit
  partition = 12,     // what the store has of the partition itself: one row
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

// Keys of everything an actor keeps beside its record:
//   [u16 partition][u8 kind][u64 service type id][u16 length of the actor's key][the actor's key][rest]
// What `rest` is says the kind (runtime/doc/storage_format.md). An actor's rows of one kind are one range.
inline constexpr std::size_t kRowKeyPrefixBytes = 13;

struct RowOwner {
  PartitionId partition = 0;
  std::uint64_t service = 0;
  std::string_view key;
};

struct RowKey {
  KeyKind kind{};
  PartitionId partition = 0;
  std::uint64_t service = 0;
  std::string key;   // the actor's
  std::string rest;  // of the row
};

// Everything but `rest`: the caller appends it. Together at most kMaxKeyBytes.
[[nodiscard]] std::string row_key(KeyKind kind, const RowOwner& owner, std::string_view rest = {});
// `corrupt` when the bytes are not such a key. Not for KeyKind::actor and KeyKind::reminder.
[[nodiscard]] Result<RowKey> parse_row_key(std::string_view bytes);
// Numbers in keys, big-endian.
void append_u16(std::string& key, std::uint16_t number);
void append_u64(std::string& key, std::uint64_t number);
[[nodiscard]] std::uint64_t read_u64(std::string_view key) noexcept;  // of its first 8 bytes

// Half-open ranges [first, past) of keys.
struct KeyRange {
  std::string first = {};
  std::string past = {};  // empty: to the end
};
// The least key greater than `key`; empty when there is none.
[[nodiscard]] std::string key_after(std::string_view key);
[[nodiscard]] KeyRange partition_range(PartitionId partition);
// Of KeyKind::partition.
[[nodiscard]] std::string partition_key(PartitionId partition);
// All keys that begin with `prefix`.
[[nodiscard]] KeyRange prefix_range(std::string_view prefix);
// All rows of one kind in a partition.
[[nodiscard]] KeyRange kind_range(PartitionId partition, KeyKind kind);
[[nodiscard]] KeyRange actors_of(PartitionId partition, std::uint64_t service_type_id);

// Whether the queue may write `key` for `partition`: its length is legal and it begins with the partition.
[[nodiscard]] Result<void> check_key(PartitionId partition, std::string_view key);

}  // namespace troupe::store

// Identities: of a call, of an actor, of a place. Plain values; any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace troupe {

// Names one call for ever: a retry carries the same id. Calls made from a durable turn derive theirs from
// the turn's id, so a turn that runs again makes the same calls.
struct RequestId {
  std::uint64_t hi = 0;
  std::uint64_t lo = 0;

  friend bool operator==(const RequestId&, const RequestId&) = default;
  [[nodiscard]] bool is_set() const noexcept { return (hi | lo) != 0; }
  // The id of the `ordinal`th call made by the turn that runs under this id.
  [[nodiscard]] RequestId child(std::uint64_t ordinal) const noexcept;
  // 32 hexadecimal digits.
  [[nodiscard]] std::string text() const;
};

// A slice of the key space: the unit of placement and of replication.
using PartitionId = std::uint16_t;
inline constexpr PartitionId kPartitions = 256;

// One run of a node; no two runs have the same. How often its store was opened is in the upper half (0: it has none),
// so that people see which run came later. Nothing is decided by that: a store may be set back, and chance is in the
// lower.
using Incarnation = std::uint64_t;

// SplitMix64's finalizer (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t x) noexcept {
  x ^= x >> 30;
  x *= 0xbf58476d1ce4e5b9ULL;
  x ^= x >> 27;
  x *= 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

// A stable hash (it is on disk and on the wire by its effect on placement; never change it).
[[nodiscard]] std::uint64_t stable_hash(std::string_view bytes, std::uint64_t seed) noexcept;

// Where (service, key) belongs. `service` is the Cap'n Proto type id of the interface.
[[nodiscard]] inline PartitionId partition_of(std::uint64_t service, std::string_view key) noexcept {
  return static_cast<PartitionId>(stable_hash(key, service) % kPartitions);
}

}  // namespace troupe

template <>
struct std::hash<troupe::RequestId> {
  std::size_t operator()(const troupe::RequestId& id) const noexcept { return id.hi ^ troupe::mix(id.lo); }
};

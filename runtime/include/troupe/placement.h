// Where the actors of a service live, and how calls are spread over those of a pool. The schema says it:
// $Troupe.actor(placement = "pool", balance = "round_robin").
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "troupe/limits.h"

namespace troupe {

enum class Placement : std::uint8_t {
  // Its key decides: one actor per key in the whole cluster, wherever its partition is.
  keyed,
  // On every member that hosts the service, several on each; a call goes to one of them. They keep nothing on disk. The
  // key of a reference is a word of the caller's: Balance::consistent_hash goes by it, the others do not.
  pool,
  // One on each member that hosts the service, addressed by that member's name. It keeps nothing on disk.
  pinned,
  // One in the whole cluster, under the one key kSingletonKey. It is made by its first call, or by a supervision tree.
  singleton,
};

// The key of a reference that names none (Node::ref() without one): of a singleton, and of a pool.
inline constexpr std::string_view kSingletonKey = "singleton";
inline constexpr std::string_view kPoolKey = "pool";

// Which member of a pool gets a call, among those that host the service, serve and can be reached. A member whose last
// limits::kPoolEjectAfter calls failed in a row is left out for a while, as long as half of the members are left
// (outlier ejection, as Envoy has it): limits::kPoolEjectFor, doubled each time up to limits::kPoolEjectMost.
// `unavailable`, `overloaded`, `deadline` and `unknown_outcome` are failures. What each node knows of the others it has
// seen itself: the members agree on nothing.
enum class Balance : std::uint8_t {
  // Of two that chance names, the one with fewer calls of this node's under way, by weight (Mitzenmacher: "The power of
  // two choices in randomized load balancing", 2001). One that is slow gets less from its first slow calls on.
  least_outstanding,
  round_robin,  // one after the other
  random,
  weighted,  // by chance, in proportion to JoinConfig::weight
  // By the reference's key, so that what an instance has in memory of it is of use again: rendezvous hashing by weight.
  // A member that comes or goes moves its own share of the keys and no other.
  consistent_hash,
  // This node, if it is one of them; else one of its zone, else any: the two by least_outstanding.
  local_first,
};

inline constexpr std::array<Balance, 6> kBalances = {
    Balance::least_outstanding, Balance::round_robin,     Balance::random,
    Balance::weighted,          Balance::consistent_hash, Balance::local_first};

// Of one service with Placement::pool, on this node; what is not said stands as in the schema.
struct PoolOptions {
  std::optional<Balance> balance{};
  // Actors of it on this node, each with one turn at a time; 0: as the schema says, or as many as there are worker
  // threads. At most limits::kMaxPoolInstances.
  std::uint32_t instances = 0;
};

// "round_robin", as schemas and configuration files spell it.
[[nodiscard]] std::string_view to_string(Balance balance) noexcept;
[[nodiscard]] std::string_view to_string(Placement placement) noexcept;
// Nothing: no such word.
[[nodiscard]] std::optional<Balance> balance_from(std::string_view word) noexcept;

}  // namespace troupe

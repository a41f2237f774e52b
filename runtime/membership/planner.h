// Who is to own what: from what there is, the fewest moves to where everybody owns their share. Pure: the same records
// give the same plan on every node, whoever of them acts on it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "membership/directory.h"

namespace troupe::membership {

// A partition on its way; `to` is a member that lives and serves.
struct Move {
  PartitionId partition = 0;
  std::string to;
  friend bool operator==(const Move&, const Move&) = default;
};

// How many of `count` partitions each is to own: in proportion to its weight, whole numbers, the rest by the largest
// remainders (Hamilton's method); of equal ones to who owns more now, so that little moves. A weight of 0 gets none.
[[nodiscard]] std::map<std::string, std::size_t> shares(const std::map<std::string, std::uint32_t>& weights,
                                                        const std::map<std::string, std::size_t>& owned,
                                                        std::size_t count);

struct Plan {
  // Of owners that live: they give it, and lead it until it is given.
  std::vector<Move> gives;
  // Of owners that do not, and partitions without rows: the next owner just begins.
  std::vector<Move> takes;
};
enum class Pins : bool {
  hold,   // what was moved by hand stays
  loosen  // it moves like the rest
};
// Partitions with rows, whose owner does not live, stay: it alone has what is in them. So do all, while nobody serves;
// and those of members that serve and are not ready, which get nothing either. What is on its way to a member that
// cannot have it any more stays with its owner: a move to that. Nobody is given what it refused
// (PartitionRecord::refused); what has to leave then goes to whoever may have it, beyond shares.
[[nodiscard]] Plan plan(const Directory& directory, Pins pins = Pins::hold);

// Who acts on plans: the first by name of the members that live and may own. Empty: nobody.
[[nodiscard]] std::string planner_of(const Directory& directory);

}  // namespace troupe::membership

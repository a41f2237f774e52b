// Which partitions a node leads, in which epoch, and what becomes of calls to the others: what activations go by.
// partition/ changes it.
//
// A partition that opens or closes sets its standing here, and then tells every activation that it finds. One that it
// does not find, for it is made at that moment, looks here before its first turn. Both put a fence between the two, so
// at least one of them sees the other.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "base/epoch.h"
#include "base/partition_kinds.h"

namespace troupe::actor {

enum class Standing : std::uint8_t {
  elsewhere,  // another node leads it: calls go back to the router
  closed,     // calls wait
  draining,   // calls wait, but for those that turns of its own actors make
  leading
};

struct Led {
  Standing standing = Standing::elsewhere;
  Epoch epoch = 0;  // the last in which this node led it; 0: it never did
  friend bool operator==(const Led&, const Led&) = default;
};

// Any thread.
class Leadership {
 public:
  [[nodiscard]] Led of(PartitionId partition) const noexcept {
    const std::uint64_t word = words_[partition].load(std::memory_order_seq_cst);
    return {static_cast<Standing>(word % kStandings), word / kStandings};
  }
  void set(PartitionId partition, const Led& led) noexcept {
    words_[partition].store(led.epoch * kStandings + static_cast<std::uint64_t>(led.standing),
                            std::memory_order_seq_cst);
  }

 private:
  static constexpr std::uint64_t kStandings = 4;
  std::array<std::atomic<std::uint64_t>, kPlaces> words_{};
};

}  // namespace troupe::actor

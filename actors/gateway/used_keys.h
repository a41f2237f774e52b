// Which requests came under which Idempotency-Key, for all gateways of a cluster. What a key was used for is on disk;
// which request is in flight is known in memory alone, as long as its gateway says so: what was lost with a node is
// found out by running it again under its id, which the actor that it is for does once.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "gateway/shared.capnp.troupe.h"

namespace troupe::gateway {

// For how long a key may be in flight, and be remembered, at most.
inline constexpr std::chrono::hours kMostKeyKept{24 * 7};
inline constexpr std::size_t kMaxKeyIdBytes = 128;
// For how long a request is in flight when its gateway says nothing more of it, and how often that says that it is.
inline constexpr std::chrono::milliseconds kFlightLease{4'000};
inline constexpr std::chrono::milliseconds kRenewFlights{1'000};
// That one message renews.
inline constexpr std::size_t kMostRenewed = 1'000;
[[nodiscard]] inline std::string_view key_shard(std::string_view id) noexcept { return id.substr(0, 2); }

// A run's number: 24 bits of its node's name, 16 of that node's life, 24 by chance. Two names with the same bits do no
// harm: what runs twice under a key is done once, by its actor.
[[nodiscard]] constexpr std::uint64_t run_number(std::uint32_t name, std::uint16_t life,
                                                 std::uint32_t chance) noexcept {
  return std::uint64_t{name & 0xff'ffffu} << 40 | std::uint64_t{life} << 24 | (chance & 0xff'ffffu);
}
// Whether the node that a run came to was started anew since, as another run's number shows: nobody will say that it
// ended.
[[nodiscard]] constexpr bool is_of_earlier_life(std::uint64_t run, std::uint64_t later_run) noexcept {
  return run >> 40 == later_run >> 40 && run >> 24 != later_run >> 24;
}

class IdempotencyKeysRole final : public IdempotencyKeysActor {
 private:
  struct Flight {
    std::uint64_t run;
    std::chrono::milliseconds until;  // by node_time()
  };

  Task<> open(OpenParams::Reader in, OpenResults::Builder out) override;
  Task<> close(CloseParams::Reader in, CloseResults::Builder out) override;
  Task<> renew(RenewParams::Reader in, RenewResults::Builder out) override;
  Task<> on_reminder(std::string_view name) override;
  void keep(const std::string& id, OpenParams::Reader in, std::uint64_t now_ms);

  std::unordered_map<std::string, Flight> in_flight_;
};

}  // namespace troupe::gateway

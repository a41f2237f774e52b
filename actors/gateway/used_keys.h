// Which requests came under which Idempotency-Key, for all gateways of a cluster. What a key was used for is on disk;
// which request is in flight is known in memory alone: what was lost with a node is found out by running it again under
// its id, which the actor that it is for does once.
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
[[nodiscard]] inline std::string_view key_shard(std::string_view id) noexcept { return id.substr(0, 2); }

class IdempotencyKeysRole final : public IdempotencyKeysActor {
 private:
  struct Flight {
    std::uint64_t run;
    std::chrono::milliseconds until;  // by node_time()
  };

  Task<> open(OpenParams::Reader in, OpenResults::Builder out) override;
  Task<> close(CloseParams::Reader in, CloseResults::Builder out) override;
  Task<> on_reminder(std::string_view name) override;
  void keep(const std::string& id, OpenParams::Reader in, std::uint64_t now_ms);

  std::unordered_map<std::string, Flight> in_flight_;
};

}  // namespace troupe::gateway

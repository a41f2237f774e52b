// What an actor is told of another that it monitors or is linked to: Actor::monitor(), link(), on_down().
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace troupe {

// The numbers travel on the wire and stay as they are.
enum class DownReason : std::uint8_t {
  crashed = 1,      // a handler threw; it starts again from its last commit
  quarantined = 2,  // it kept crashing and is not started for a while, or was not when it was asked for
  stopped = 3,      // it was ended in order: with its parent, or with its node
  erased = 4,       // all that it kept was erased
  not_running = 5,  // there was nothing to watch: no activation of it was live
  node_lost = 6,    // the node it lives on cannot be reached, or the link to it was lost
  unwatched = 7,    // it could not be watched, the message says why; it may run
};
// The reason's name as it stands in logs and JSON: "node_lost".
[[nodiscard]] std::string_view to_string(DownReason reason) noexcept;

// An actor went down.
struct Down {
  std::uint64_t monitor = 0;  // what monitor() gave; 0: it was linked
  std::string actor{};        // "Stock/sku-1"
  DownReason reason = DownReason::crashed;
  std::string message{};  // what happened, in words
  [[nodiscard]] bool linked() const noexcept { return monitor == 0; }
};

}  // namespace troupe

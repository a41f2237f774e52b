// What two nodes agree on before a call travels: a version of the protocol that both speak, and the features that both
// have. Each side offers a range of versions and a set of features in its first word of the handshake.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

namespace troupe::wire {

// The highest version that this build speaks, and the lowest. The difference lets a cluster change its build node by
// node. A new version is for what an old reader would misread; a new kind of frame is a feature.
inline constexpr std::uint16_t kProtocolVersion = 5;
inline constexpr std::uint16_t kLowestProtocolVersion = 4;
// The only version of a node that names no range.
inline constexpr std::uint16_t kVersionBeforeRanges = 4;

// A set of features, one bit each. A bit that one side does not know is ignored, so a bit is never used twice.
using Features = std::uint64_t;
// A link may move to another connection of the same two nodes (FrameKind::moves).
inline constexpr Features kMovingLinks = 1u << 8;
// What every node of this build has. The bit of a channel is defined here, too, but offered only by a node that has the
// channel (LinkOptions::channels).
inline constexpr Features kFeatures = kMovingLinks;
// Messages between nodes (net/message_channel.h).
inline constexpr Features kNodeMessages = Features{1} << 0;

// What one side offers.
struct Offer {
  std::uint16_t lowest = kLowestProtocolVersion;
  std::uint16_t highest = kProtocolVersion;
  Features features = kFeatures;
};

// What a link speaks.
struct Agreement {
  std::uint16_t version = kLowestProtocolVersion;
  Features features = 0;
};

// The highest version of both and the features of both; none: no version is in both ranges. Both sides compute the
// same from the same two offers.
[[nodiscard]] constexpr std::optional<Agreement> agree(const Offer& one, const Offer& other) noexcept {
  const std::uint16_t version = std::min(one.highest, other.highest);
  if (version < std::max(one.lowest, other.lowest)) return std::nullopt;
  return Agreement{version, version > kVersionBeforeRanges ? one.features & other.features : 0};
}

[[nodiscard]] inline std::string versions_text(const Offer& offer) {
  if (offer.lowest == offer.highest) return "version " + std::to_string(offer.lowest);
  return "versions " + std::to_string(offer.lowest) + " to " + std::to_string(offer.highest);
}

}  // namespace troupe::wire

// Every limit of topics, with its reason.
#pragma once

#include <cstddef>
#include <cstdint>

namespace troupe::topic::limits {

// Names are part of actor keys ("orders/3/sales"), of log lines and of other systems' names: letters, digits, '_', '-'.
inline constexpr std::size_t kMaxNameBytes = 64;
// An event's key can be an actor's.
inline constexpr std::size_t kMaxEventKeyBytes = 256;
inline constexpr std::size_t kMaxEventTypeBytes = 256;
// Who published it is written into every event: a service's name and a key.
inline constexpr std::size_t kMaxPublisherBytes = 1024;
// What is larger belongs elsewhere, with its key in the event: an event is copied to every group.
inline constexpr std::size_t kMaxPayloadBytes = std::size_t{1} << 20;
// Declaring a topic, and looking at it, is a message to each.
inline constexpr std::uint32_t kMaxPartitions = 1024;
// Events of one append, which is one turn and one commit.
inline constexpr std::uint32_t kMaxAppendEvents = 10'000;
inline constexpr std::size_t kMaxAppendBytes = std::size_t{16} << 20;
// What one fetch gives at most, whatever it asks for; one event always.
inline constexpr std::uint32_t kMaxFetchEvents = 10'000;
inline constexpr std::uint32_t kMaxFetchBytes = 8u << 20;
// Events of one delivery.
inline constexpr std::uint32_t kMaxBatchEvents = 4096;
inline constexpr std::uint32_t kMaxBatchBytes = 4u << 20;
// Events that one turn removes; the rest goes with the next.
inline constexpr std::uint64_t kMaxTrimEvents = 10'000;
// What an event takes besides its texts and its payload, as retention and backlog count it.
inline constexpr std::uint64_t kEventOverheadBytes = 64;

}  // namespace troupe::topic::limits

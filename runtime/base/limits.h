// Every limit has its name, its reason and its one home here. Those a host may change are fields of
// NodeConfig that start from these values.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace troupe::limits {

// LMDB keys end at 511 bytes; what is left of that after the actor's key belongs to table rows.
inline constexpr std::size_t kMaxActorKeyBytes = 256;
// A mailbox longer than this answers `overloaded`.
inline constexpr std::uint32_t kMaxMailbox = 10'000;
// Longer chains of calls are a bug (unbounded recursion across actors), and each link costs memory.
inline constexpr std::uint32_t kMaxCallDepth = 64;
// One message, on the wire or in the store. Larger things belong in tables, row by row.
inline constexpr std::size_t kMaxMessageBytes = 64u << 20;
// One frame on a link; a larger message travels in chunks so that it cannot hold up the others.
inline constexpr std::size_t kMaxFrameBytes = 256u << 10;
// Bytes that may wait on one link before calls are refused with `overloaded`.
inline constexpr std::size_t kMaxLinkBacklogBytes = 64u << 20;
// Replies an actor remembers, by count and by age; past either, a retry is answered `unknown_outcome`. They are part
// of the actor's record, so every one adds its bytes to every commit.
inline constexpr std::size_t kRememberedReplies = 16;
inline constexpr std::chrono::minutes kRememberedReplyAge{10};
// Reply bytes remembered per actor; an actor with huge replies remembers fewer of them.
inline constexpr std::size_t kRememberedReplyBytes = 64u << 10;
// A call that names no timeout gets this one.
inline constexpr std::chrono::seconds kDefaultTimeout{10};
// Write sets that may wait for the commit thread before durable turns are refused with `overloaded`.
inline constexpr std::size_t kMaxPendingCommits = 100'000;
// Calls from host threads and to other nodes that may be pending on one node.
inline constexpr std::size_t kMaxPendingCalls = 1'000'000;
// Threads that run `blocking()` work.
inline constexpr std::size_t kBlockingThreads = 4;

}  // namespace troupe::limits

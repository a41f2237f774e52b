// Every limit has its name, its reason and its one home: here, or in troupe/limits.h when a public header names it.
// Those a host may change are fields of NodeConfig that start from these values.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "troupe/limits.h"

namespace troupe::limits {

// Longer chains of calls are a bug (unbounded recursion across actors), and each link costs memory.
inline constexpr std::uint32_t kMaxCallDepth = 64;
// One message: the parameters of a call, its results, a state; as a frame counts it, at every distance. Larger things
// belong in tables, row by row.
inline constexpr std::size_t kMaxMessageBytes = 64u << 20;
// What an error says; the rest is cut off, at every distance.
inline constexpr std::size_t kMaxErrorText = 4'096;
// One row of the store: a message, and what is written around it (names, a tag, an error).
inline constexpr std::size_t kMaxRowBytes = kMaxMessageBytes + (64u << 10);
// What one turn writes: state, reply, rows and messages.
inline constexpr std::size_t kMaxTurnBytes = 2 * kMaxMessageBytes;
// Elements of its lists that take no bytes, a List(Void)'s: a message of a few words could have any number of them.
inline constexpr std::size_t kMaxEmptyElements = 65'536;
// One frame on a link; a larger message travels in chunks so that it cannot hold up the others.
inline constexpr std::size_t kMaxFrameBytes = 256u << 10;
// Bytes that may wait on one link before calls are refused with `overloaded`; one message more may.
inline constexpr std::size_t kMaxLinkBacklogBytes = 64u << 20;
// Of a member with its coordinator: as long as that a dead one may hold its name.
inline constexpr std::chrono::hours kLongestSession{1};
// Connections to a node's port that have not shown yet that they are a member's.
inline constexpr std::size_t kMaxStrangers = 64;
// Runs of a peer that are known to be over. A node that lags behind so many of its successors has been stopped for
// long.
inline constexpr std::size_t kPastIncarnations = 64;
// Replies an actor remembers, by count, age and bytes; past any of them, a retry is answered `unknown_outcome`. A
// schema's `remember` and `rememberSeconds` name others.
inline constexpr std::size_t kRememberedReplies = 1'000;
inline constexpr std::chrono::minutes kRememberedReplyAge{10};
inline constexpr std::size_t kRememberedReplyBytes = 4u << 20;
// The newest of them lie in the actor's record, where each adds its bytes to every commit; so many, or so many bytes,
// and the older half moves into a row of its own.
inline constexpr std::size_t kRepliesInRecord = 16;
inline constexpr std::size_t kReplyBytesInRecord = 16u << 10;
// An actor's record: a state, and the replies in it, among which one may be as large as the state.
inline constexpr std::size_t kMaxRecordBytes = kMaxMessageBytes + kMaxRowBytes + kRememberedReplyBytes;
// One write set: what a turn writes, the record around its state, a page of older replies, keys. No turn exceeds it.
inline constexpr std::size_t kMaxWriteSetBytes = kMaxTurnBytes + kMaxRecordBytes + kMaxRowBytes + (4u << 20);
// How far a node has come with its own time is kept this often; what it is behind when the machine goes off is lost to
// it.
inline constexpr std::chrono::seconds kTimeKept{60};
// So long after its start a node says which pools of its configuration nobody has: others may start later than it.
inline constexpr std::chrono::seconds kPoolNamesWait{30};
// Durable messages of one node that are not acknowledged yet; then sending is `overloaded`.
inline constexpr std::size_t kMaxOutboxMessages = 1'000'000;
// Rows that one commit erases when an actor erases everything: other actors' commits do not wait long behind it.
inline constexpr std::size_t kErasedRowsPerCommit = 10'000;
// Messages of one (sender, receiver) pair that are under way at once.
inline constexpr std::size_t kMessageWindow = 64;
// Numbers of a sender's messages that lie between two to one receiver, for these go to others. A larger jump is
// nobody's honest number: at a million messages a second it takes twelve days.
inline constexpr std::uint64_t kMaxSequenceJump = std::uint64_t{1} << 40;

// Reminders that are being run for the first time, of one node and of one partition: whose actors are slow holds up no
// other partition.
inline constexpr std::size_t kRemindersUnderWay = 4'096;
inline constexpr std::size_t kRemindersUnderWayPerPartition = 64;
// Of those that failed before, beside these.
inline constexpr std::size_t kRemindersRetried = 256;
// Failing reminders that are remembered one by one; the others are met in the store again.
inline constexpr std::size_t kFailingReminders = 10'000;
// A wall clock that was set forward is noticed within this.
inline constexpr std::chrono::seconds kReminderLook{60};

// A supervision tree: how many supervisors may stand above one another, and how many children it has in all; more of a
// kind belong into a whole service as one child.
inline constexpr std::size_t kMaxTreeDepth = 16;
inline constexpr std::size_t kMaxTreeChildren = 10'000;

// Of a program's command, as views show it.
inline constexpr std::size_t kMaxCommandText = 200;

// Crashes that a node remembers, of all its actors together and of one of them; the newest stay.
inline constexpr std::size_t kRestartHistory = 1'000;
inline constexpr std::size_t kRestartHistoryPerActor = 16;
// Actors whose crashes are remembered apart; the one that crashed longest ago is forgotten first.
inline constexpr std::size_t kCrashedActors = 10'000;
// What a crash may say; the rest is cut off.
inline constexpr std::size_t kMaxCrashText = 1'024;

// Timers that one actor may have set at once, sleeping turns among them; and turns that may wait beside each other
// where its methods interleave: more calls wait for their turn.
inline constexpr std::size_t kMaxTimers = 100'000;
inline constexpr std::uint32_t kMaxTurnsAtOnce = 10'000;
// Names of nodes, clusters and hosts: they stand in every greeting between nodes.
inline constexpr std::size_t kMaxNodeNameBytes = 256;
// What a store may grow to, at least and at most: what it begins with, and what a process can map.
inline constexpr std::size_t kMinStoreBytes = std::size_t{64} << 20;
inline constexpr std::size_t kMaxStoreBytes = std::size_t{1} << 46;
// A node that measures its overload more rarely than this never would.
inline constexpr std::chrono::hours kMaxOverloadInterval{24};

// Owners that one call is sent on to, each named by the node that it came to and that was not the owner. Where views
// differ the first named one knows; where owners change faster than calls travel, a caller that hears of it does best.
inline constexpr std::uint8_t kMaxWrongOwners = 8;
// Write sets that may wait for the commit thread before durable turns are refused with `overloaded`.
inline constexpr std::size_t kMaxPendingCommits = 100'000;
// Calls from host threads and to other nodes that may be pending on one node.
inline constexpr std::size_t kMaxPendingCalls = 1'000'000;

// What a node counts of turns and calls (telemetry/meters.h): services, and pairs of a caller and a method, which each
// thread counts by themselves; what is past them is counted as "(other)". And threads that count without disturbing
// each other.
inline constexpr std::size_t kMaxMeteredServices = 253;
inline constexpr std::size_t kMaxMeteredEdges = 1'024;
inline constexpr std::size_t kMaxMeterThreads = 31;
// Of the file that MetricsConfig::token_file names.
inline constexpr std::size_t kMaxMetricsTokenBytes = 1'024;

}  // namespace troupe::limits

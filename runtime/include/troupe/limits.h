// The limits that public headers name. Read-only values; the runtime's other limits are in runtime/base/limits.h.
#pragma once

#include <chrono>
#include <cstddef>

namespace troupe::limits {

// LMDB keys end at 511 bytes; what is left of that after the actor's key belongs to table rows.
inline constexpr std::size_t kMaxActorKeyBytes = 256;
// Durable names. Together with the actor's key they fit LMDB's keys.
inline constexpr std::size_t kMaxTableNameBytes = 32;
inline constexpr std::size_t kMaxRowKeyBytes = 192;
inline constexpr std::size_t kMaxReminderNameBytes = 64;
inline constexpr std::size_t kMaxTagBytes = 256;
inline constexpr std::size_t kMaxIdempotencyKeyBytes = 256;
// Of who is asking (troupe/caller.h): the name, which may be an actor's key; the roles together, and the scopes.
inline constexpr std::size_t kMaxCallerNameBytes = kMaxActorKeyBytes;
inline constexpr std::size_t kMaxCallerWordsBytes = 2'048;
// When a key was first used: a time that the node's clock has not shown yet was read from another one; so far that one
// is trusted.
inline constexpr std::chrono::hours kClockDoubt{1};
// Of a child of a supervision tree.
inline constexpr std::size_t kMaxChildIdBytes = 64;

// Of what a program prints: its log file moves to <file>.1 when the next line would make it larger, so that a program
// costs twice this of disk. A line that is longer than a line may be is parted.
inline constexpr std::size_t kMaxProcessLogBytes = std::size_t{16} << 20;
inline constexpr std::size_t kMaxProcessLineBytes = std::size_t{64} << 10;

// Of a log line: what is longer is cut off, fields past the most are left out.
inline constexpr std::size_t kMaxLogMessageBytes = 4'096;
inline constexpr std::size_t kMaxLogFieldBytes = 1'024;
inline constexpr std::size_t kMaxLogFields = 24;
// Rooms whose log level is not the node's, and how long the name of one may be.
inline constexpr std::size_t kMaxLogRooms = 256;
inline constexpr std::size_t kMaxLogRoomBytes = 64;
// Log lines that a node keeps in memory: by count, and by what their texts take.
inline constexpr std::size_t kMaxKeptLogLines = 100'000;
inline constexpr std::size_t kMaxKeptLogBytes = std::size_t{8} << 20;
// Kinds of log lines whose repeats are counted at once, and the actors (peers, children) of each that are counted
// apart.
inline constexpr std::size_t kMaxRepeatedLines = 1'024;
inline constexpr std::size_t kMaxRepeatedThings = 64;
// Of a sink of troupe/log_output.h: text that waits to be written, and what its end waits for that.
inline constexpr std::size_t kMaxLogBacklogBytes = std::size_t{1} << 20;
inline constexpr std::chrono::milliseconds kLogFlushTime{1'000};

// Frames of the stack that are kept of a crash, the innermost.
inline constexpr std::size_t kMaxTraceFrames = 32;

// Monitors and links that one actor may hold at once, and that others may hold on it.
inline constexpr std::size_t kMaxMonitors = 1'024;
inline constexpr std::size_t kMaxWatchers = 10'000;

// Members of one etcd that a node may ask.
inline constexpr std::size_t kMaxCoordinatorEndpoints = 16;
// Of what a cluster's keys begin with in an etcd that it shares.
inline constexpr std::size_t kMaxCoordinatorPrefixBytes = 128;
// Of one member, beside the others' (JoinConfig::weight).
inline constexpr unsigned kMaxWeight = 10'000;
// JoinConfig::moves: each has a thread, and a window of what is on its way in memory.
inline constexpr unsigned kMaxMoves = 16;
// Of what a service's own check finds wrong; the rest is cut off.
inline constexpr std::size_t kMaxHealthTextBytes = 400;
// Node::on_directory_change().
inline constexpr std::size_t kMaxDirectorySubscriptions = 256;

// What a host program adds to a node's metrics (troupe/metrics.h): families, and series of all of them; collectors; of
// one family bounds of its histograms, labels, and the bytes of its texts.
inline constexpr std::size_t kMaxMetricFamilies = 256;
inline constexpr std::size_t kMaxMetricSeries = 4'096;
inline constexpr std::size_t kMaxMetricSources = 64;
inline constexpr std::size_t kMaxMetricBounds = 64;
inline constexpr std::size_t kMaxMetricLabels = 8;
inline constexpr std::size_t kMaxMetricNameBytes = 128;
inline constexpr std::size_t kMaxMetricHelpBytes = 512;
inline constexpr std::size_t kMaxMetricLabelBytes = 256;

// Of a pool: actors on each node, and pools that one node calls.
inline constexpr unsigned kMaxPoolInstances = 1'024;
inline constexpr std::size_t kMaxPools = 256;
// Calls of one node that fail in a row before it leaves a member of the pool out, and for how long: doubled each time
// it comes to that again, up to the most.
inline constexpr unsigned kPoolEjectAfter = 5;
inline constexpr std::chrono::milliseconds kPoolEjectFor{1'000};
inline constexpr std::chrono::milliseconds kPoolEjectMost{30'000};
// Of one call under a policy (troupe/call_policy.h): attempts, and copies of it beside the first.
inline constexpr unsigned kMaxCallTries = 100;
inline constexpr unsigned kMaxHedges = 4;
// Calls that wait for a place in one bulkhead.
inline constexpr unsigned kMaxBulkheadWaiting = 100'000;
// Entries of NodeConfig::calls.
inline constexpr std::size_t kMaxCallPolicies = 10'000;

// Of spans (troupe/tracing.h): those that a node keeps in memory, attributes and links of one, bytes of a name and of a
// text in it, those of the host program that are open in one turn, those of one turn that end with its commit, and
// those of traces that are not recorded that a node keeps in a second, for errors and slowness.
inline constexpr std::size_t kMaxSpansKept = 1'000'000;
inline constexpr std::size_t kMaxSpanAttributes = 32;
inline constexpr std::size_t kMaxSpanLinks = 32;
inline constexpr std::size_t kMaxSpanNameBytes = 128;
inline constexpr std::size_t kMaxSpanTextBytes = 256;
inline constexpr std::size_t kMaxOpenSpans = 64;
inline constexpr std::size_t kMaxSpansOfTurn = 256;
inline constexpr unsigned kMaxUnsampledSpansPerSecond = 100;
// Spans that may wait for their export, and go in one request.
inline constexpr std::size_t kMaxSpanQueue = 1'000'000;
inline constexpr std::size_t kMaxSpanBatch = 10'000;
// A message that is taken later than this after it was sent begins a trace of its own, linked to its cause.
inline constexpr std::chrono::minutes kSpanLinkAfter{1};

// Worker threads of a node: each costs a stack, and so many are past any number of cores.
inline constexpr unsigned kMaxThreads = 1'024;

// FlightRecorderOptions: of the node, and of one turn's parameters. A turn that took so long is kept beside those that
// failed.
inline constexpr std::size_t kMinRecorderBytes = std::size_t{64} << 10;
inline constexpr std::size_t kMaxRecorderBytes = std::size_t{1} << 30;
inline constexpr std::size_t kMaxRecorderInputBytes = std::size_t{8} << 10;
inline constexpr std::chrono::milliseconds kRecorderSlowTurn{100};
// CrashFileOptions, and what one turn may be told (answers, rows, times) before its file is no longer whole.
inline constexpr std::size_t kMaxCrashFiles = 10'000;
inline constexpr std::size_t kMaxTapeEvents = 1'024;
inline constexpr std::size_t kMaxTapeBytes = std::size_t{1} << 20;

// What each stage of Node::stop() gets past its deadline (turns, store, links, threads); the store, which writes what
// it has, gets more.
inline constexpr std::chrono::milliseconds kStopGrace{1000};
inline constexpr std::chrono::milliseconds kCloseGrace{5000};

}  // namespace troupe::limits

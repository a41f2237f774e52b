// What one thread has counted of turns and calls. Private to meters.cpp and whoever reads.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/histogram.h"

namespace troupe::telemetry {

// How a call ended: 0 with results, else the number of its ErrorKind.
inline constexpr std::size_t kResults = 14;
// How a turn ended: the same, or with a crash, or where it waited.
inline constexpr std::size_t kCrashed = kResults;
inline constexpr std::size_t kEnded = kCrashed + 1;
inline constexpr std::size_t kOutcomes = kEnded + 1;

// Where a call went.
enum class Place : std::uint8_t {
  nowhere,  // it was not sent, or found no way
  here,     // to an actor of this node
  far,      // over a link
  several,  // more than one copy of it was made
};

using Counter = std::atomic<std::uint64_t>;

// Turns of one method, run here.
struct TurnCounts {
  std::array<Counter, kOutcomes> ended{};
  Counter params_bytes{0};
  Counter results_bytes{0};
  HistogramCounts waited;   // in the mailbox
  HistogramCounts ran;      // from the begin of the turn to its end
  HistogramCounts commits;  // from there until its write set was on disk
};

// Calls of one caller to one method, made here.
struct CallCounts {
  std::array<Counter, kResults> ended{};
  Counter params_bytes{0};
  Counter results_bytes{0};
  HistogramCounts took;  // from the call to its end, as the caller sees it
};

}  // namespace troupe::telemetry

// A node, and load that is offered to it: calls come when they are due, whether or not earlier ones have been answered
// (an open loop), as the world calls. Callers are a thread of the same process; the node leaves it one processor, as it
// would be on another machine.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>

namespace troupe::bench {

struct Load {
  bool durable = false;        // each call is a commit
  std::uint32_t actors = 64;   // called in turn
  std::uint32_t work_us = 30;  // processor time of a call
};

// What came of offering calls for a while.
struct Served {
  double offered = 0;                                 // calls a second that were made
  double goodput = 0;                                 // that were answered with results
  double overloaded = 0;                              // that were refused
  double failed = 0;                                  // that ended otherwise
  std::chrono::nanoseconds p50{0}, p99{0}, worst{0};  // of those answered, from when they were due
  double resident_mb = 0;                             // the most during it
  double hinted_ms = 0;                               // the mean of what the refused were told to wait
};

class LoadedNode {
 public:
  // `dir`: empty, and its own. Throws Error.
  LoadedNode(const Load& load, const std::filesystem::path& dir);
  ~LoadedNode();

  // Calls a second that it serves when each caller waits for its answer and calls again.
  [[nodiscard]] double capacity(std::chrono::nanoseconds time);
  // Offers so many calls a second for `time`, and waits until all have ended.
  [[nodiscard]] Served offer(double calls_per_second, std::chrono::nanoseconds time);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace troupe::bench

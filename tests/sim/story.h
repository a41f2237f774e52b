// One life of a small cluster under a seed: two nodes of tills, callers that move money between them by calls,
// messages and reminders, handlers that throw, connections that break, nodes that stop and nodes that lose their power
// in the middle of anything; and at the end the books.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "testing/simulation.h"

namespace troupe::sim {

struct StoryOptions {
  std::uint64_t seed = 0;
  bool disks_lie = false;  // what is wrong then must be noticed
  std::ostream* lines = nullptr;
};

struct StoryEnd {
  testing::Trace trace;
  std::uint64_t operations = 0;  // acknowledged
  std::uint64_t attempts = 0;
  std::uint64_t power_cuts = 0;
  std::uint64_t torn = 0;               // of them, in the middle of the disk's work
  std::uint64_t reopened = 0;           // partitions
  std::chrono::milliseconds lasted{0};  // by the simulation's clock
  std::vector<std::string> wrong;       // empty: the promises were kept
};

[[nodiscard]] StoryEnd tell_story(const StoryOptions& options);

}  // namespace troupe::sim

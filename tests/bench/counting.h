// The actors of the lines durable_call_* and idle_activation_bytes: counters whose state is durable, and their callers.
#pragma once

#include <troupe/node.h>

#include <cstdint>

#include "line.h"

namespace troupe::bench {

// One node with room for its data, which hosts both.
[[nodiscard]] NodeConfig counting_node(const std::filesystem::path& dir);
void host_counting(Node& node);

struct Counters {
  std::uint32_t first;
  std::uint32_t count;
  std::uint32_t note_bytes;
};
// Calls each of them once and returns when all have answered, which means that their state is on disk. Throws Error.
void touch_all(Node& node, const Counters& counters);

// How many operations the node's store takes into a transaction, from now on.
class Batches {
 public:
  explicit Batches(Node& node);
  // `operations` since then. For the baseline.
  void tell(double operations, const Effort& effort) const;

 private:
  Node& node_;
  const double before_;
};

// What a counter's state comes to as bytes.
[[nodiscard]] std::size_t state_bytes(std::uint32_t note_bytes);

}  // namespace troupe::bench

#include "idle_activation.h"

#include <algorithm>
#include <cstdio>

#include "counting.h"
#include "resident.h"

namespace troupe::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::uint32_t kWarmUp = 10'000;
constexpr std::uint32_t kStep = 100'000;

}  // namespace

double idle_activation_bytes(const Effort& effort) {
  Node node(counting_node(effort.dir));
  host_counting(node);
  node.start();
  touch_all(node, {.first = effort.activations, .count = kWarmUp, .note_bytes = 0});

  const auto before = resident_bytes();
  const auto start = Clock::now();
  for (std::uint32_t first = 0; first < effort.activations; first += kStep) {
    touch_all(node, {.first = first, .count = std::min(kStep, effort.activations - first), .note_bytes = 0});
  }
  const std::chrono::duration<double> took = Clock::now() - start;
  std::fprintf(stderr, "  %u activations, each with its first commit, at %.0f per second\n", effort.activations,
               effort.activations / took.count());
  return static_cast<double>(resident_bytes() - before) / effort.activations;
}

}  // namespace troupe::bench

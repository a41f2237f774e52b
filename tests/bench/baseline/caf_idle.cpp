#include <unistd.h>

#include <vector>

#include "baseline/baselines.h"
#include "baseline/caf_system.h"
#include "resident.h"

namespace troupe::bench::baseline {
namespace {

constexpr std::uint32_t kWarmUp = 1000;

void spawn_idle(caf::actor_system& system, std::vector<caf::actor>& actors, std::uint32_t count) {
  Finish finish(static_cast<int>(count));
  for (std::uint32_t i = 0; i < count; ++i) {
    actors.push_back(system.spawn([&finish](caf::event_based_actor*) -> caf::behavior {
      finish.one_is_done();
      return {[](std::int64_t x) { return x; }};
    }));
  }
  finish.wait();
}

}  // namespace

double caf_idle_bytes(const Effort& effort) {
  // Left behind on purpose when the process ends: to stop a million actors is not what is measured.
  auto* config = new CafConfig;
  auto* system = new caf::actor_system(*config);
  auto* actors = new std::vector<caf::actor>;
  actors->reserve(effort.activations + kWarmUp);
  spawn_idle(*system, *actors, kWarmUp);
  const auto before = resident_bytes();
  spawn_idle(*system, *actors, effort.activations);
  return static_cast<double>(resident_bytes() - before) / effort.activations;
}

}  // namespace troupe::bench::baseline

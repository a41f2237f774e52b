#include "saga_steps.h"

#include <saga/saga.h>
#include <troupe/node.h>

#include <chrono>
#include <string>
#include <vector>

#include "baseline/baselines.h"
#include "bench.capnp.troupe.h"

namespace troupe::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::uint32_t kSagas = 256;
constexpr std::uint32_t kSteps = 20;
constexpr std::size_t kRowBytes = 120;  // an entry of the journal

class StepsSaga final : public saga::Saga<StepsActor> {
  saga::Flow<> run() override {
    const auto steps = state().getSteps();
    for (std::uint32_t i = 0; i < steps; ++i) co_await step("step " + std::to_string(i), [] {});
  }
  Task<> begin(BeginParams::Reader in, BeginResults::Builder) override {
    edit().setSteps(in.getSteps());
    start();
    co_return;
  }
  Task<> whole(WholeParams::Reader, WholeResults::Builder) override { co_await to_its_end(); }
};

// Runs `kSagas` sagas, all at once.
void run_round(Node& node, std::uint64_t round) {
  std::vector<Ref<Steps>> sagas;
  std::vector<Call<Steps::BeginResults>> begun;
  std::vector<Call<Steps::WholeResults>> ended;
  for (std::uint32_t i = 0; i < kSagas; ++i)
    sagas.push_back(node.ref<Steps>(std::to_string(round) + "/" + std::to_string(i)));
  for (const auto& saga : sagas) begun.push_back(saga.begin([](auto p) { p.setSteps(kSteps); }));
  for (auto& call : begun) (void)std::move(call).get(std::chrono::minutes(10));
  for (const auto& saga : sagas) ended.push_back(saga.whole());
  for (auto& call : ended) (void)std::move(call).get(std::chrono::minutes(10));
}

}  // namespace

double saga_steps(const Effort& effort) {
  Node node({.name = "bench", .data_dir = effort.dir, .threads = 2, .admin = false});
  node.host<StepsSaga>();
  node.start();
  std::uint64_t round = 0;
  run_round(node, round++);
  const auto start = Clock::now();
  double seconds = 0;
  std::uint64_t steps = 0;
  while (seconds < std::chrono::duration<double>(effort.time).count()) {
    run_round(node, round++);
    steps += std::uint64_t{kSagas} * kSteps;
    seconds = std::chrono::duration<double>(Clock::now() - start).count();
  }
  return static_cast<double>(steps) / seconds;
}

double lmdb_saga_steps(const Effort& effort) {
  return baseline::lmdb_puts({.value_bytes = kRowBytes, .keys = 100'000, .transaction = 2 * kSagas}, effort)
             .puts_per_second /
         2;
}

}  // namespace troupe::bench

#include "durable_call.h"

#include <string>
#include <vector>

#include "baseline/baselines.h"
#include "bench.capnp.troupe.h"
#include "counting.h"

namespace troupe::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::uint32_t kCallers = 64;
constexpr std::uint32_t kNoteBytes = 80;  // a state of 112 bytes

struct Figures {
  double median_us;  // of the first caller's calls
  double calls_per_second;
};

Figures run_callers(Node& node, std::uint32_t callers, std::uint32_t counters, std::chrono::nanoseconds time) {
  std::vector<Call<CountCaller::RunResults>> runs;
  const auto start = Clock::now();
  for (std::uint32_t i = 0; i < callers; ++i) {
    runs.push_back(node.ref<CountCaller>("caller-" + std::to_string(i)).run([&](auto params) {
      const bool own = counters == callers;
      params.setFirst(own ? i : 0);
      params.setCount(own ? 1 : counters);
      params.setNoteBytes(kNoteBytes);
      params.setNanoseconds(static_cast<std::uint64_t>(time.count()));
    }));
  }
  Figures figures{0, 0};
  for (auto& run : runs) {
    auto reply = std::move(run).get(std::chrono::minutes(10));
    if (figures.median_us == 0) figures.median_us = static_cast<double>(reply->getMedianNanoseconds()) / 1000;
    figures.calls_per_second += static_cast<double>(reply->getCalls());
  }
  figures.calls_per_second /= std::chrono::duration<double>(Clock::now() - start).count();
  return figures;
}

Figures measure(std::uint32_t callers, std::uint32_t counters, const Effort& effort) {
  Node node(counting_node(effort.dir));
  host_counting(node);
  node.start();
  touch_all(node, {.first = 0, .count = counters, .note_bytes = kNoteBytes});
  run_callers(node, callers, counters, effort.time / 10);
  const Batches batches(node);
  const Figures figures = run_callers(node, callers, counters, effort.time);
  batches.tell(figures.calls_per_second * std::chrono::duration<double>(effort.time).count(), effort);
  return figures;
}

}  // namespace

double durable_call_us(const Effort& effort) { return measure(1, 1, effort).median_us; }

double lmdb_put_us(const Effort& effort) {
  return baseline::lmdb_puts({.value_bytes = state_bytes(kNoteBytes), .keys = 1, .transaction = 1}, effort).median_us;
}

double durable_calls(std::uint32_t counters, const Effort& effort) {
  return measure(kCallers, counters, effort).calls_per_second;
}

double durable_calls_by(std::uint32_t callers, const Effort& effort) {
  return measure(callers, callers, effort).calls_per_second;
}

double redis_sets_by(std::uint32_t in_flight, const Effort& effort) {
  return baseline::redis_sets(static_cast<int>(in_flight), state_bytes(kNoteBytes), effort);
}

double lmdb_puts_by_64(std::uint32_t keys, const Effort& effort) {
  return baseline::lmdb_puts({.value_bytes = state_bytes(kNoteBytes), .keys = keys, .transaction = kCallers}, effort)
      .puts_per_second;
}

}  // namespace troupe::bench

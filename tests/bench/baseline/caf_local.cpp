#include <vector>

#include "baseline/baselines.h"
#include "baseline/caf_system.h"

namespace troupe::bench::baseline {
namespace {

using Clock = std::chrono::steady_clock;

struct Requests {
  std::uint64_t done = 0;
  Clock::time_point end;
};
using Requester = caf::stateful_actor<Requests>;

caf::behavior callee() {
  return {[](std::int64_t x) { return x + 1; }};
}

void request_next(Requester* self, const caf::actor& to, std::atomic<std::uint64_t>& total, Finish& finish) {
  self->request(to, caf::infinite, std::int64_t{1}).then([self, to, &total, &finish](std::int64_t) {
    if (++self->state.done % 1024 != 0 || Clock::now() < self->state.end) {
      request_next(self, to, total, finish);
      return;
    }
    total += self->state.done;
    finish.one_is_done();
    self->quit();
  });
}

double calls_per_second(caf::actor_system& system, int pairs, std::chrono::nanoseconds time) {
  Finish finish(pairs);
  std::atomic<std::uint64_t> total = 0;
  std::vector<caf::actor> callees;
  const auto start = Clock::now();
  for (int i = 0; i < pairs; ++i) {
    callees.push_back(system.spawn(callee));
    system.spawn([to = callees.back(), end = start + time, &total, &finish](Requester* self) {
      self->state.end = end;
      request_next(self, to, total, finish);
    });
  }
  finish.wait();
  const std::chrono::duration<double> took = Clock::now() - start;
  for (const caf::actor& it : callees) caf::anon_send_exit(it, caf::exit_reason::user_shutdown);
  return static_cast<double>(total) / took.count();
}

}  // namespace

double caf_local_calls(int pairs, const Effort& effort) {
  CafConfig config;
  caf::actor_system system(config);
  calls_per_second(system, pairs, effort.time / 10);
  return calls_per_second(system, pairs, effort.time);
}

}  // namespace troupe::bench::baseline

#include <vector>

#include "baseline/baselines.h"
#include "baseline/caf_system.h"

namespace troupe::bench::baseline {
namespace {

using Clock = std::chrono::steady_clock;

struct Requests {
  std::uint64_t done = 0;
  Clock::time_point end;
  int bursts = 0;  // of one way messages, under way
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

// Sends a burst that nobody answers but for its last message, and the next one when the one before was answered: the
// flow control that ours has.
void send_burst(Requester* self, const caf::actor& to, int burst, std::atomic<std::uint64_t>& total, Finish& finish) {
  for (int i = 1; i < burst; ++i) self->send(to, static_cast<std::int32_t>(i));
  self->request(to, caf::infinite, std::int64_t{1}).then([self, to, burst, &total, &finish](std::int64_t) {
    self->state.done += static_cast<std::uint64_t>(burst);
    if (Clock::now() < self->state.end) return send_burst(self, to, burst, total, finish);
    if (--self->state.bursts > 0) return;
    total += self->state.done;
    finish.one_is_done();
    self->quit();
  });
}

double messages_per_second(caf::actor_system& system, int senders, int burst, std::chrono::nanoseconds time) {
  Finish finish(senders);
  std::atomic<std::uint64_t> total = 0;
  const caf::actor receiver = system.spawn([](Requester* self) -> caf::behavior {
    return {[](std::int64_t x) { return x + 1; }, [self](std::int32_t) { ++self->state.done; }};
  });
  const auto start = Clock::now();
  for (int i = 0; i < senders; ++i) {
    system.spawn([receiver, burst, end = start + time, &total, &finish](Requester* self) {
      self->state.end = end;
      self->state.bursts = 2;
      for (int n = 0; n < 2; ++n) send_burst(self, receiver, burst, total, finish);
    });
  }
  finish.wait();
  const std::chrono::duration<double> took = Clock::now() - start;
  caf::anon_send_exit(receiver, caf::exit_reason::user_shutdown);
  return static_cast<double>(total) / took.count();
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

double caf_one_way_messages(int senders, int burst, const Effort& effort) {
  CafConfig config;
  caf::actor_system system(config);
  messages_per_second(system, senders, burst, effort.time / 10);
  return messages_per_second(system, senders, burst, effort.time);
}

}  // namespace troupe::bench::baseline

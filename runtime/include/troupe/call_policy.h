// What a node does about callees that fail: calls again, stops calling, calls twice, calls less. All of it is off until
// NodeConfig::calls says otherwise, for a service or for one of its methods; runtime/doc/failing_over.md says what to
// set for what. Plain values.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "troupe/limits.h"

namespace troupe {

// A call is attempted again, under its id and within its deadline, when it ended with
//   unavailable or overloaded, and did not run;
//   either of them, or unknown_outcome, though it may have run, if to repeat it repeats nothing: the service is durable
//   and remembers the id, or the method is `readOnly` or `retry`.
// Nothing else is: a refusal is an answer, a crash would come again, and a deadline is over.
struct RetryPolicy {
  // Attempts of one call, the first among them: 1 (no other) to limits::kMaxCallTries.
  std::uint32_t tries = 1;
  // Before the second attempt; doubles with each further one up to `max_backoff`. Positive.
  std::chrono::milliseconds backoff{50};
  std::chrono::milliseconds max_backoff{2'000};
  // The share of a wait that chance may take off it, from 0 to 1: those that failed together do not come back together.
  // What an error asks for (Error::retry_after()) is waited for in full, and a little longer.
  double jitter = 1;
  // Of methods that may safely be repeated, as above: an attempt that has no answer after so long is cancelled, and the
  // next one goes at once, if `tries`, the budget and the deadline allow one. Else it goes on until the call's
  // deadline, as the last one does. 0: attempts have the call's deadline alone. Anything else needs `tries` of 2 or
  // more.
  std::chrono::milliseconds attempt_timeout{0};
};

// How many more calls the attempts above and below make, at most: of all calls under one entry of NodeConfig::calls
// within the last ten seconds, the share `share`, and `per_second` in each second besides. Past it a call ends with the
// error it has. Retries and hedges count.
struct RetryBudget {
  double share = 0.2;            // 0 to 1
  std::uint32_t per_second = 5;  // at most 1,000,000
};

// Calls to a callee that fails end at once, with `unavailable` and without running, until it is better. One breaker for
// each method at each node that owns callees of it. What counts: unavailable, overloaded, deadline, unknown_outcome,
// failed, corrupt as failed; results and business errors (refused, invalid, not_found, denied and the like) as good; a
// call that its caller cancelled as slow if it was, else not at all.
struct BreakerPolicy {
  // It opens when this share of the calls within `window` failed; 0: failures do not open it. To 1.
  double error_rate = 0;
  // The same of calls that took `slow_call` or longer, whatever they ended with; 0: slowness does not open it.
  std::chrono::milliseconds slow_call{0};
  double slow_rate = 0.5;
  // 100 ms to an hour.
  std::chrono::milliseconds window{10'000};
  // With fewer calls in the window it stays closed. Positive.
  std::uint32_t minimum_calls = 20;
  // Then it is half-open: lets `half_open_calls` through, and by these closes or opens again. 1 ms to an hour; 1 to
  // 1,000.
  std::chrono::milliseconds open_for{5'000};
  std::uint32_t half_open_calls = 5;
};

// A `readOnly` call that has no answer after `after` is made again beside the first, under another id, and so on; the
// first answer stands, the others are cancelled.
struct HedgePolicy {
  std::chrono::milliseconds after{0};  // 0: never
  std::uint32_t most = 1;              // copies beside the first; 1 to limits::kMaxHedges
};

// Calls of this node that are under way at once under one entry of NodeConfig::calls, those that wait to be attempted
// again among them. A further one waits for a place, the first that came first; the one past `most_waiting`, and one
// that has waited for `max_wait`, is `overloaded` and did not run. With either of them 0 none waits.
struct BulkheadPolicy {
  std::uint32_t most_in_flight = 0;       // 0: any number
  std::uint32_t most_waiting = 0;         // at most limits::kMaxBulkheadWaiting
  std::chrono::milliseconds max_wait{0};  // at most an hour
};

struct CallPolicy {
  RetryPolicy retry{};
  RetryBudget budget{};
  BreakerPolicy breaker{};
  HedgePolicy hedge{};
  BulkheadPolicy bulkhead{};
};

// One entry of NodeConfig::calls.
struct CoveredCalls {
  // "Stock", every method of the service that has no entry of its own; or "Stock.reserve", as the schema has it. An
  // entry of a method stands alone: nothing of the service's is added to it.
  std::string to;
  CallPolicy policy{};
};

}  // namespace troupe

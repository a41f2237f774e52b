// The lines durable_call_*: counters whose every call is a commit on disk before its reply leaves.
#pragma once

#include "line.h"

namespace troupe::bench {

// One caller, one counter, one call after the other: the median in microseconds.
double durable_call_us(const Effort& effort);
double lmdb_put_us(const Effort& effort);

// As many callers as that, each with a counter of its own and one call in flight. Calls per second.
double durable_calls_by(std::uint32_t callers, const Effort& effort);
double redis_sets_by(std::uint32_t in_flight, const Effort& effort);

// 64 callers with one call in flight each. 64 counters: each caller has its own; more: taken at random. Calls per
// second.
double durable_calls(std::uint32_t counters, const Effort& effort);
double lmdb_puts_by_64(std::uint32_t keys, const Effort& effort);

}  // namespace troupe::bench

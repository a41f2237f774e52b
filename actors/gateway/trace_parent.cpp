#include "gateway/trace_parent.h"

#include <cstring>
#include <random>

namespace troupe::gateway {
namespace {

// Names a request among many, and guards nothing.
template <class Bytes>
void fill_by_chance(Bytes& bytes) {
  thread_local std::mt19937_64 chance{std::random_device{}()};
  for (std::size_t at = 0; at < bytes.size(); at += sizeof(std::uint64_t)) {
    const std::uint64_t some = chance() | 1;  // zeros are no id
    std::memcpy(bytes.data() + at, &some, sizeof some);
  }
}

}  // namespace

TraceContext trace_of(const http::Request& request) {
  TraceContext trace;
  if (const auto parent = request.headers.find("traceparent")) trace = TraceContext::of_traceparent(*parent);
  if (!trace.is_set()) fill_by_chance(trace.trace_id);
  fill_by_chance(trace.span_id);
  return trace;
}

std::string trace_id(const TraceContext& trace) { return trace.traceparent().substr(3, 32); }

}  // namespace troupe::gateway

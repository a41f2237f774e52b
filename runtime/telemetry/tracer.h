// The tracer of a node: decides which traces are recorded, names spans, and keeps those that ended.
//
// A trace is decided on where it begins: at the edge, or by a call that a thread of the host program or a timer makes
// without any. The decision travels as the context's `sampled` flag and is kept by whoever comes later. A call that the
// head said no to carries nothing at all: what it costs is a look at a null pointer.
//
// Failures and slow turns get a span all the same, at most limits::kMaxUnsampledSpansPerSecond of them. Nothing had
// travelled that they could share, so their ids derive from request ids: the trace's from the call that all began with,
// a span's from the call that it is about. So those of one chain find each other, on whatever nodes they were kept.
// Every other span's id is by chance: what is attempted or taken again gets another one, and has its request's id,
// which is the same every time, among its attributes.
//
// Any thread.
#pragma once

#include <atomic>
#include <limits>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/trace_context.h"
#include "telemetry/span_ring.h"
#include "troupe/error.h"
#include "troupe/ids.h"
#include "troupe/tracing.h"

namespace troupe::telemetry {

// What an error says of the callee: that it failed. Not so a refusal by its own rules, a request that cannot work, one
// of somebody who may not, and a call that its caller gave up.
[[nodiscard]] bool is_failure(const Error& error) noexcept;

// In the order of their conversion: name, kind and the rest are cut to the limits.
void set_attribute(SpanData& span, std::string_view name, AttributeValue value);
[[nodiscard]] std::string cut(std::string_view text, std::size_t bytes);

// Of what was not sampled.
[[nodiscard]] TraceContext derived_trace(const RequestId& root) noexcept;
enum class Side : std::uint64_t { caller = 1, callee = 2 };
[[nodiscard]] SpanId derived_span(const RequestId& call, Side side) noexcept;

[[nodiscard]] inline bool is_sampled(const TracePtr& trace) noexcept {
  return trace && (trace->context().flags & 1) != 0;
}

class Tracer {
 public:
  // `clock` outlives it. `seed`: of the ids that it gives by chance.
  Tracer(const TracingConfig& config, const Clock& clock, std::string node, std::uint64_t seed);
  ~Tracer();

  // --- the head's decision ---
  // About what begins under this id: the same every time it is asked.
  [[nodiscard]] bool samples(const RequestId& root) const noexcept {
    return all_ || mix(root.hi ^ mix(root.lo ^ seed_)) < threshold_;
  }
  // About what has no id.
  [[nodiscard]] bool samples() noexcept { return all_ || chance() < threshold_; }

  // --- names ---
  [[nodiscard]] SpanId new_span() noexcept;
  [[nodiscard]] TraceContext new_trace() noexcept;  // sampled, without a span

  // --- times ---
  [[nodiscard]] TimePoint now() const noexcept { return clock_.exact_now(); }
  // By the wall clock, in nanoseconds since the epoch.
  [[nodiscard]] std::int64_t wall_ns(TimePoint when) noexcept;
  // By the coarse clock: whether what began then has taken long.
  [[nodiscard]] bool is_slow_since(TimePoint begun) const noexcept {
    return slow_.count() > 0 && clock_.now() - begun >= slow_;
  }
  [[nodiscard]] std::chrono::milliseconds slow() const noexcept { return slow_; }
  [[nodiscard]] const Clock& clock() const noexcept { return clock_; }

  // --- what is kept ---
  // Of a sampled trace.
  void take(SpanData span) noexcept { ring_.add(std::move(span)); }
  // Of one that is not; false: there were too many in this second, and it is counted.
  [[nodiscard]] bool may_keep_unsampled() noexcept;
  [[nodiscard]] SpanRing& ring() noexcept { return ring_; }
  [[nodiscard]] const std::string& node() const noexcept { return node_; }
  [[nodiscard]] const TracingConfig& config() const noexcept { return config_; }
  // Spans that were not kept, for there were too many of them.
  [[nodiscard]] std::uint64_t unsampled_dropped() const noexcept { return dropped_.load(std::memory_order_relaxed); }

 private:
  [[nodiscard]] std::uint64_t chance() noexcept {
    return mix(seed_ + counter_.fetch_add(1, std::memory_order_relaxed) * 0x9e37'79b9'7f4a'7c15ULL);
  }
  [[nodiscard]] std::int64_t offset_now() const noexcept;

  const TracingConfig config_;
  const Clock& clock_;
  const std::string node_;
  const std::uint64_t seed_;
  const bool all_;
  const std::uint64_t threshold_;
  const std::chrono::milliseconds slow_;
  std::atomic<std::uint64_t> counter_{1};
  std::atomic<std::int64_t> offset_;  // of the wall clock on the steady one, in ns
  std::atomic<std::int64_t> second_{std::numeric_limits<std::int64_t>::min()};
  std::atomic<std::uint32_t> in_second_{0};
  std::atomic<std::uint64_t> dropped_{0};
  SpanRing ring_;
};

}  // namespace troupe::telemetry

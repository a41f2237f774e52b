// The trace of the calls that a thread of the host program makes. A test begins one; nothing else does yet.
#pragma once

#include <utility>

#include "base/trace_context.h"

namespace troupe::call {

// Null: none.
[[nodiscard]] TracePtr& trace_of_thread() noexcept;

// As long as it lives, this thread's calls from outside turns carry `context`.
class TraceScope {
 public:
  explicit TraceScope(const TraceContext& context)
      : before_(std::exchange(trace_of_thread(), SharedTrace::of(context))) {}
  ~TraceScope() { trace_of_thread() = std::move(before_); }
  TraceScope(const TraceScope&) = delete;
  TraceScope& operator=(const TraceScope&) = delete;

 private:
  TracePtr before_;
};

}  // namespace troupe::call

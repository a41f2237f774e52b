// The trace that a request belongs to (W3C Trace Context).
#pragma once

#include <string>

#include "gateway/http/request.h"
#include "troupe/trace.h"

namespace troupe::gateway {

// The request's, where its `traceparent` is well-formed, else a new one by chance; with a new span, the gateway's.
[[nodiscard]] TraceContext trace_of(const http::Request& request);
// 32 hexadecimal digits.
[[nodiscard]] std::string trace_id(const TraceContext& trace);

}  // namespace troupe::gateway

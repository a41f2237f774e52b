// The trace that a request belongs to (W3C Trace Context), and the gateway's span in it.
#pragma once

#include <memory>
#include <string>

#include "gateway/http/request.h"
#include "gateway/http/response.h"
#include "troupe/node.h"
#include "troupe/tracing.h"

namespace troupe::gateway {

struct Route;

// Of one request; copies are of the same. The span ends with the last of them.
class RequestTrace {
 public:
  // The request's, where its `traceparent` is well-formed, with its decision; else a new one, as the node decides.
  RequestTrace(Node& node, const http::Request& request);

  // What the request's calls belong to: the trace, and the gateway's span. Always set.
  operator const TraceContext&() const noexcept { return context_; }  // NOLINT: implicit on purpose

  // The same, for this route, which outlives it.
  [[nodiscard]] RequestTrace on(const Route& route) const;
  // What is about to be answered.
  [[nodiscard]] http::Response answered(http::Response response) const noexcept;

 private:
  std::shared_ptr<Span> span_;
  TraceContext context_;
  const Route* route_ = nullptr;  // null: not known yet
};

// 32 hexadecimal digits.
[[nodiscard]] std::string trace_id(const TraceContext& trace);

}  // namespace troupe::gateway

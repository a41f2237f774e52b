#include "gateway/trace_parent.h"

#include <cstring>
#include <random>

#include "gateway/route_table.h"

namespace troupe::gateway {
namespace {

constexpr int kServerError = 500;

// Names a request among many, and guards nothing.
template <class Bytes>
void fill_by_chance(Bytes& bytes) {
  thread_local std::mt19937_64 chance{std::random_device{}()};
  for (std::size_t at = 0; at < bytes.size(); at += sizeof(std::uint64_t)) {
    const std::uint64_t some = chance() | 1;  // zeros are no id
    std::memcpy(bytes.data() + at, &some, sizeof some);
  }
}

TraceContext parent_of(const http::Request& request) {
  const auto parent = request.headers.find("traceparent");
  return parent ? TraceContext::of_traceparent(*parent) : TraceContext();
}

}  // namespace

RequestTrace::RequestTrace(Node& node, const http::Request& request) {
  const TraceContext parent = parent_of(request);
  span_ = std::make_shared<Span>(node, request.method, SpanOptions{.kind = SpanKind::server, .parent = parent});
  context_ = span_->context();
  if (context_.is_set() && !(context_ == parent)) return;
  // The node records nothing: the trace has its names all the same.
  if (!context_.is_set()) fill_by_chance(context_.trace_id);
  fill_by_chance(context_.span_id);
}

RequestTrace RequestTrace::on(const Route& route) const {
  RequestTrace out = *this;
  out.route_ = &route;
  return out;
}

// Words are made for spans that are kept alone.
http::Response RequestTrace::answered(http::Response response) const noexcept {
  const bool failed = response.status >= kServerError;
  if (!span_->recorded() && !failed) return response;
  try {
    if (route_) {
      span_->set("http.request.method", route_->http->verb);
      span_->set("http.route", route_->http->path);
    }
    span_->set("http.response.status_code", AttributeValue(std::int64_t{response.status}));
    if (failed) span_->fail(std::to_string(response.status));
  } catch (const std::exception&) {  // no memory: the answer goes without these words
  }
  return response;
}

std::string trace_id(const TraceContext& trace) { return trace.traceparent().substr(3, 32); }

}  // namespace troupe::gateway

#include "telemetry/otlp_json.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace troupe::telemetry {
namespace {

using OtlpValue = nlohmann::ordered_json;

template <class Bytes>
std::string hex_of(const Bytes& bytes) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string out;
  for (const std::uint8_t byte : bytes) out += {kDigits[byte >> 4], kDigits[byte & 15]};
  return out;
}

// JSON has no such numbers; protobuf's JSON has names for them.
OtlpValue number_of(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return value;
}

struct InOtlp {
  OtlpValue operator()(bool value) const { return {{"boolValue", value}}; }
  OtlpValue operator()(std::int64_t value) const { return {{"intValue", std::to_string(value)}}; }
  OtlpValue operator()(double value) const { return {{"doubleValue", number_of(value)}}; }
  OtlpValue operator()(const std::string& value) const { return {{"stringValue", value}}; }
};

OtlpValue attribute(const std::string& name, const AttributeValue& value) {
  return {{"key", name}, {"value", std::visit(InOtlp{}, value)}};
}

OtlpValue span_json(const SpanData& span) {
  OtlpValue out{{"traceId", hex_of(span.context.trace_id)}, {"spanId", hex_of(span.context.span_id)}};
  if (span.parent != SpanId{}) out["parentSpanId"] = hex_of(span.parent);
  out["flags"] = span.context.flags;
  out["name"] = span.name;
  out["kind"] = static_cast<int>(span.kind);
  out["startTimeUnixNano"] = std::to_string(std::max<std::int64_t>(span.begin_ns, 0));
  out["endTimeUnixNano"] = std::to_string(std::max<std::int64_t>(span.end_ns, 0));
  OtlpValue attributes = OtlpValue::array();
  for (const auto& [name, value] : span.attributes) attributes.push_back(attribute(name, value));
  out["attributes"] = std::move(attributes);
  OtlpValue links = OtlpValue::array();
  for (const TraceContext& link : span.links)
    links.push_back({{"traceId", hex_of(link.trace_id)}, {"spanId", hex_of(link.span_id)}});
  out["links"] = std::move(links);
  OtlpValue status = OtlpValue::object();
  if (span.status != SpanStatus::unset) status["code"] = static_cast<int>(span.status);
  if (!span.message.empty()) status["message"] = span.message;
  out["status"] = std::move(status);
  return out;
}

}  // namespace

std::string otlp_json(const Resource& resource, std::span<const SpanPtr> spans) {
  OtlpValue all = OtlpValue::array();
  for (const SpanPtr& span : spans) all.push_back(span_json(*span));
  OtlpValue of_scope{{"scope", {{"name", "troupe"}}}, {"spans", std::move(all)}};
  OtlpValue who =
      OtlpValue::array({attribute("service.name", resource.cluster), attribute("service.instance.id", resource.node)});
  OtlpValue of_resource{{"resource", {{"attributes", std::move(who)}}},
                        {"scopeSpans", OtlpValue::array({std::move(of_scope)})}};
  OtlpValue body{{"resourceSpans", OtlpValue::array({std::move(of_resource)})}};
  return body.dump(-1, ' ', false, OtlpValue::error_handler_t::replace);
}

}  // namespace troupe::telemetry

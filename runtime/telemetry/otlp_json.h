// Spans as the body of an OTLP/HTTP request with JSON
// (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding): ids are hexadecimal digits, numbers of 64 bits
// are texts, kinds and status codes are numbers. Pure.
#pragma once

#include <span>
#include <string>

#include "telemetry/span_ring.h"

namespace troupe::telemetry {

// Who recorded them: `service.name` and `service.instance.id`.
struct Resource {
  std::string cluster;
  std::string node;
};

[[nodiscard]] std::string otlp_json(const Resource& resource, std::span<const SpanPtr> spans);

}  // namespace troupe::telemetry

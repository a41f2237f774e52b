// The spans that the nodes of a distance hold, as their admin API tells them.
#pragma once

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "contract/distance.h"
#include "contract/tracer.h"

namespace troupe::contract {

using Spans = std::vector<nlohmann::json>;

[[nodiscard]] inline TraceContext sampled_trace(std::uint8_t mark) {
  TraceContext out;
  out.trace_id.fill(mark);
  out.span_id.fill(static_cast<std::uint8_t>(mark + 1));
  out.flags = 1;
  return out;
}

[[nodiscard]] inline std::string trace_digits(const TraceContext& trace) { return trace.traceparent().substr(3, 32); }
[[nodiscard]] inline std::string span_digits(const TraceContext& trace) { return trace.traceparent().substr(36, 16); }

// Of one trace, on all nodes.
[[nodiscard]] inline Spans spans_of(const Distance& distance, const std::string& trace) {
  Spans out;
  for (const auto& body : distance.ask_all("/traces/" + trace)) {
    const auto told = nlohmann::json::parse(body);
    for (const auto& span : told["spans"]) out.push_back(span);
  }
  return out;
}

[[nodiscard]] inline Spans named(const Spans& spans, const std::string& name, const std::string& kind) {
  Spans out;
  for (const auto& span : spans)
    if (span["name"] == name && span["kind"] == kind) out.push_back(span);
  return out;
}

[[nodiscard]] inline Spans below(const Spans& spans, const nlohmann::json& parent) {
  Spans out;
  for (const auto& span : spans)
    if (span["parent"] == parent["span"]) out.push_back(span);
  return out;
}

// The first span of that name and kind, in one trace, once some node has it.
[[nodiscard]] inline nlohmann::json wait_for_span(const Distance& distance, const std::string& trace,
                                                  const std::string& name, const std::string& kind) {
  Spans found;
  REQUIRE_MESSAGE(eventually([&] {
                    found = named(spans_of(distance, trace), name, kind);
                    return !found.empty();
                  }),
                  "no span " << name << " (" << kind << ") in trace " << trace);
  return found.front();
}

// The traces that nodes list, of one kind.
[[nodiscard]] inline Spans traces(const Distance& distance, const std::string& which) {
  Spans out;
  for (const auto& body : distance.ask_all("/traces?which=" + which + "&limit=1000")) {
    const auto told = nlohmann::json::parse(body);
    for (const auto& line : told["traces"]) out.push_back(line);
  }
  return out;
}

}  // namespace troupe::contract

// What the debug tool sees of a node's spans: the tracer's ring, by traces.
#pragma once

#include "observe/trace_source.h"
#include "telemetry/exporter.h"
#include "telemetry/tracer.h"

namespace troupe::inspect {

class TraceInspection final : public observe::TraceSource {
 public:
  // `tracer` null: tracing is off; `exporter` null: spans stay in the node.
  TraceInspection(telemetry::Tracer* tracer, const telemetry::Exporter* exporter)
      : tracer_(tracer), exporter_(exporter) {}

  std::vector<observe::TraceLine> traces(observe::TraceChoice choice, std::size_t most) override;
  std::vector<SpanData> trace(std::string_view id) override;
  std::vector<SpanData> effects(std::string_view id) override;
  observe::TraceTotals totals() override;

 private:
  telemetry::Tracer* tracer_;
  const telemetry::Exporter* exporter_;
};

}  // namespace troupe::inspect

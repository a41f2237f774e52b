// A span of the host program's that has not ended: what troupe::Span is.
#pragma once

#include "base/mail.h"
#include "telemetry/tracer.h"

namespace troupe::telemetry {
class TurnSpan;
}

namespace troupe::detail {

// One thread at a time: of a turn, the turn's.
struct OpenSpan {
  telemetry::Tracer* tracer = nullptr;
  Ptr<Counted> keeps{};  // the tracer; null: of a turn, which ends it
  SpanData data{};       // without times
  TimePoint begun{};
  telemetry::TurnSpan* turn = nullptr;  // that it is open in; null: none, or it has ended
  bool sampled = true;
  bool ended = false;

  // Once; then nothing.
  void end() noexcept;
};

}  // namespace troupe::detail

// The span of a turn of a sampled trace, and what belongs to the turn: the spans of the host program that are open in
// it, and those that are true only if it is answered. On the thread of its activation.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "telemetry/call_span.h"
#include "telemetry/open_span.h"

namespace troupe::telemetry {

// How a turn came to be, as its span tells it.
enum class Cause : std::uint8_t { call, message, answer, reminder, own };

// A turn that is over, in words.
struct TurnEnding {
  std::string_view outcome;      // "answered"
  const Error* error = nullptr;  // null: none
  bool crashed = false;
  bool keeps = false;  // what it did stands
};

class TurnSpan {
 public:
  // The turn of `call` begins, whose trace is sampled. A reminder's begins a trace, linked to the turn that set it.
  TurnSpan(Tracer& tracer, const wire::Envelope& call, Cause cause);
  ~TurnSpan();
  TurnSpan(const TurnSpan&) = delete;
  TurnSpan& operator=(const TurnSpan&) = delete;

  // What calls and messages of the turn belong to at this moment.
  [[nodiscard]] TraceContext innermost() const noexcept;
  // The same, for rows; of the turn itself.
  [[nodiscard]] const TracePtr& shared() const noexcept { return shared_; }

  void set(std::string_view name, AttributeValue value) { set_attribute(data_, name, std::move(value)); }
  // Null: there are limits::kMaxOpenSpans already.
  [[nodiscard]] std::shared_ptr<detail::OpenSpan> open(std::string_view name);
  void closed(const detail::OpenSpan& span) noexcept;
  // A durable message that it sends, from now on below a span of its own; that is kept if the turn is.
  void sends(wire::Envelope& message) noexcept;

  // Ends what is open, and itself. Once.
  void end(const TurnEnding& ending) noexcept;

  [[nodiscard]] Tracer& tracer() const noexcept { return tracer_; }

 private:
  Tracer& tracer_;
  SpanData data_;
  TracePtr shared_;
  TimePoint begun_;
  std::vector<std::shared_ptr<detail::OpenSpan>> open_;  // the innermost last
  std::vector<SpanData> with_turn_;
};

// A turn of a trace that is not recorded ended: its span is kept if it failed, or was slow.
void keep_turn(Tracer& tracer, const wire::Envelope& call, const TurnEnding& ending, TimePoint begun) noexcept;

// From a turn's commit on its way to the disk until it is there; made for turns that have a span.
class CommitSpan {
 public:
  explicit CommitSpan(const TurnSpan& turn) : tracer_(turn.tracer()), turn_(turn.shared()), begun_(tracer_.now()) {}
  // On the store's thread. Null: it is there.
  void ended(const Error* error) noexcept;

 private:
  Tracer& tracer_;
  TracePtr turn_;
  TimePoint begun_;
};

}  // namespace troupe::telemetry

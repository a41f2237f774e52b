// Spans: what nodes did for a trace (troupe/trace.h), from when to when, and how it ended.
//
// The runtime makes spans of its own for requests, calls, turns, commits and what follows from them; a host program
// adds its own, and attributes. A span never holds parameters or results. Which traces are recorded is decided where
// one begins, and the decision travels with it; runtime/doc/tracing.md has the whole of it.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "troupe/trace.h"

namespace troupe {

class Node;

using SpanId = std::array<std::uint8_t, 8>;

// The numbers are OTLP's.
enum class SpanKind : std::uint8_t { internal = 1, server = 2, client = 3, producer = 4, consumer = 5 };
[[nodiscard]] std::string_view to_string(SpanKind kind) noexcept;
enum class SpanStatus : std::uint8_t { unset = 0, ok = 1, error = 2 };

using AttributeValue = std::variant<bool, std::int64_t, double, std::string>;
struct SpanAttribute {
  std::string name;
  AttributeValue value;
  friend bool operator==(const SpanAttribute&, const SpanAttribute&) = default;
};

// A span that has ended. A value; any thread.
struct SpanData {
  TraceContext context{};  // of its trace, and the span's own id
  SpanId parent{};         // zeros: none
  SpanKind kind = SpanKind::internal;
  std::string name{};
  std::string node{};  // that recorded it
  // Nanoseconds since the Unix epoch, by the wall clock of that node. Those of two nodes differ.
  std::int64_t begin_ns = 0;
  std::int64_t end_ns = 0;
  SpanStatus status = SpanStatus::unset;
  std::string message{};  // of an error
  std::vector<SpanAttribute> attributes{};
  // Of spans that led to this one and are no parents of it: the effect comes in a trace of its own.
  std::vector<TraceContext> links{};
};

// Where spans go beside the node's memory: a collector that takes OTLP/HTTP with JSON.
struct OtlpConfig {
  std::string url{};  // "http://127.0.0.1:4318/v1/traces", or https; empty: nowhere
  std::map<std::string, std::string> headers{};
  std::filesystem::path ca_file{};            // for https; empty: what the system trusts
  std::chrono::milliseconds timeout{10'000};  // of one request
  std::chrono::milliseconds every{1'000};     // a batch that is not full waits so long
  std::size_t batch = 512;                    // spans in a request
  std::size_t queue = 8'192;                  // spans that wait; more are dropped and counted
};

struct TracingConfig {
  bool on = true;  // false: contexts travel, and nothing is recorded
  // Of the traces that begin here, so many are recorded: 0 to 1. One that comes from outside with a decision keeps it.
  double sample = 0.01;
  // Turns that take this long get a span whatever was decided, as failures do; 0: none is slow.
  std::chrono::milliseconds slow{1'000};
  std::size_t keep = 10'000;  // spans in memory, at most the limit kMaxSpansKept; the oldest go
  OtlpConfig otlp{};
  // The host's own exporter: called with the spans that ended, on a thread for exports alone, one call at a time. What
  // it throws is logged, and the batch is gone.
  std::function<void(std::span<const SpanData>)> sink{};
};

struct SpanOptions {
  SpanKind kind = SpanKind::internal;
  TraceContext parent{};              // none: it begins a trace
  std::vector<TraceContext> links{};  // at most the limit kMaxSpanLinks
};

namespace detail {
struct OpenSpan;
}

// A span of the host program's. It ends with the object, by end(), or with its turn at the latest; moved from, it is
// none. Costs nearly nothing in a trace that is not recorded. One thread at a time.
class Span {
 public:
  // In a turn: below the innermost span of the turn that is open; calls and messages of the turn are below it until it
  // ends. Outside of turns it is none.
  explicit Span(std::string_view name);
  // Anywhere, begun at this node; for calls below it, a TraceScope of context(). A trace that begins with it is
  // recorded as TracingConfig::sample says.
  Span(Node& node, std::string_view name, SpanOptions options = {});
  ~Span();
  Span(Span&&) noexcept;
  Span& operator=(Span&&) noexcept;

  // At most the limit kMaxSpanAttributes, texts cut at the limit kMaxSpanTextBytes. A name that is there is replaced.
  void set(std::string_view name, AttributeValue value);
  void set(std::string_view name, const char* value) { set(name, AttributeValue(std::string(value))); }
  // The status: an error, and why. Of a span made from a node, it is kept although its trace is not recorded.
  void fail(std::string_view why);
  void end();

  // What is below it belongs to; none where the trace has none. With `flags` 0 its trace is not recorded.
  [[nodiscard]] TraceContext context() const;
  // It will be kept.
  [[nodiscard]] bool recorded() const noexcept;

 private:
  std::shared_ptr<detail::OpenSpan> open_;  // null: none
};

// Of the turn that runs on this thread, or its innermost Span: what its calls belong to. None outside of turns.
[[nodiscard]] TraceContext current_trace();
// Of the turn's own span, if it has one; else nothing happens.
void set_turn_attribute(std::string_view name, AttributeValue value);

}  // namespace troupe

// TraceSource: the spans that a node remembers. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "troupe/error.h"
#include "troupe/tracing.h"

namespace troupe::observe {

// A trace as this node knows it: other nodes may have spans of it too.
struct TraceLine {
  std::string trace;          // 32 hexadecimal digits
  std::string name;           // of its root, if that is here, else of its earliest span
  bool root = false;          // that is here
  std::int64_t begin_ns = 0;  // of the earliest, by this node's wall clock
  std::int64_t end_ns = 0;    // of the latest
  std::uint64_t spans = 0;
  std::uint64_t failures = 0;  // of them, with an error
  bool slow = false;           // a turn of it took as long as TracingConfig::slow
};

enum class TraceChoice : std::uint8_t { recent, slow, failing };

// What the node holds, and what it could not.
struct TraceTotals {
  bool on = false;
  double sample = 0;
  std::uint64_t kept = 0;
  std::uint64_t most = 0;
  std::uint64_t ended = 0;        // since the node began, as what follows
  std::uint64_t overwritten = 0;  // by later ones
  std::uint64_t dropped = 0;      // too many failures or slow turns in a second, or no memory
  std::uint64_t exported = 0;
  std::uint64_t not_exported = 0;  // the queue was full, or the collector refused them
  std::uint64_t export_waits = 0;
  std::string export_error;  // the last; empty: none
};

class TraceSource {
 public:
  // recent: the latest first. slow: the longest first; failing: the latest first.
  [[nodiscard]] virtual std::vector<TraceLine> traces(TraceChoice choice, std::size_t most) = 0;
  // The spans of one, in the order in which they began. `id`: 32 hexadecimal digits.
  [[nodiscard]] virtual std::vector<SpanData> trace(std::string_view id) = 0;
  // Spans of other traces that are linked to this one: what it led to later.
  [[nodiscard]] virtual std::vector<SpanData> effects(std::string_view id) = 0;
  [[nodiscard]] virtual TraceTotals totals() = 0;

 protected:
  ~TraceSource() = default;
};

}  // namespace troupe::observe

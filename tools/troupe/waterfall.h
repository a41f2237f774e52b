// A trace for people: its spans as a tree, each with its bar on one axis of time. Pure.
//
// Each node dates its spans by its own clock, and clocks differ. What is certain is the order of cause and effect: a
// turn begins after the call that asks for it, and ends before that does. So the spans of each node are drawn later or
// earlier, all by the same time, as little as makes that true; where nothing contradicts a clock it is believed.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "failure.h"

namespace troupe::tool {

struct WaterfallSpan {
  std::string id;
  std::string parent;  // empty: none
  std::string kind;
  std::string name;
  std::string node;
  std::int64_t begin_ns = 0;
  std::int64_t end_ns = 0;
  Json whole;  // as its node told it
};

// Of the answers of several nodes; a span that two tell of is one.
[[nodiscard]] std::vector<WaterfallSpan> spans_of(const std::vector<Json>& answers);

// By how much each node's spans are drawn later (or, below zero, earlier).
[[nodiscard]] std::map<std::string, std::int64_t> clock_shifts(const std::vector<WaterfallSpan>& spans);

// The same spans, moved; parents before children, siblings as they begin. `depth`: how far each is below its root.
struct DrawnSpan {
  WaterfallSpan span;
  std::size_t depth = 0;
};
[[nodiscard]] std::vector<DrawnSpan> laid_out(std::vector<WaterfallSpan> spans,
                                              const std::map<std::string, std::int64_t>& shifts);

// Lines of a terminal that has `columns`.
[[nodiscard]] std::string waterfall(const std::vector<DrawnSpan>& spans,
                                    const std::map<std::string, std::int64_t>& shifts, std::size_t columns);

// What Perfetto and chrome://tracing read: Chrome's trace event format, as JSON.
[[nodiscard]] Json chrome_trace(const std::vector<DrawnSpan>& spans);

// "1.25 ms"
[[nodiscard]] std::string short_time(std::int64_t ns);

}  // namespace troupe::tool

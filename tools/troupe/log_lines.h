// What `troupe logs` makes of what nodes say: which path to ask, lines in order, and a line as text or JSON. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "failure.h"

namespace troupe::tool {

// How far one node was read.
struct LogPlace {
  std::uint64_t run = 0;  // of the node; 0: not asked yet
  std::uint64_t after = 0;
};

struct NodeLine {
  std::string node;
  Json line;
};

// What the node's answer makes of its place: lines that were lost, or that the node has started anew, as a sentence;
// empty: neither.
[[nodiscard]] std::string take_place(LogPlace& place, const Json& answer);
// By the nodes' clocks; those of one node stay in their order.
void merge(std::vector<NodeLine>& lines);
// How far a node's clock is from this machine's, when that is more than can be told from the answer's way: a sentence,
// or empty.
[[nodiscard]] std::string clock_difference(const std::string& node, std::uint64_t node_ms, std::uint64_t asked_ms,
                                           std::uint64_t answered_ms);
[[nodiscard]] std::string log_text(const NodeLine& line);
[[nodiscard]] std::string log_json(const NodeLine& line);
// "90s", "10m", "2h", "1d", "500ms" as milliseconds. Throws a usage Failure.
[[nodiscard]] std::uint64_t time_back(const std::string& text);

}  // namespace troupe::tool

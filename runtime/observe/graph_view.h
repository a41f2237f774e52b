// Who calls whom, and how the turns of each method went: what a node has counted since it started.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/histogram.h"

namespace troupe::observe {

struct EdgeView {
  std::string caller;   // a service; "(host)", "(outside)"
  std::string service;  // that is called
  std::string method;
  std::string place;                              // none | local | remote | several
  std::uint64_t calls = 0;                        // that ended
  std::map<std::string, std::uint64_t> errors{};  // of them, by kind
  std::uint64_t params_bytes = 0;
  std::uint64_t results_bytes = 0;
  HistogramSum took{};  // ns, as the caller sees it
};

struct MethodCountsView {
  std::string service;
  std::string method;
  std::map<std::string, std::uint64_t> turns{};  // by outcome
  std::uint64_t params_bytes = 0;
  std::uint64_t results_bytes = 0;
  HistogramSum waited{};   // ns, in the mailbox
  HistogramSum ran{};      // ns
  HistogramSum commits{};  // ns, from the end of the turn until it was on disk
};

struct GraphView {
  std::string node;
  std::uint64_t uptime_ms = 0;
  bool counted = true;  // false: NodeConfig::metrics turns it off
  std::vector<EdgeView> edges{};
  std::vector<MethodCountsView> methods{};
};

}  // namespace troupe::observe

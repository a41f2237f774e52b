#include "observe/graph_api.h"

namespace troupe::observe {
namespace {

constexpr double kMicrosecond = 1e3;

// Of times that were counted in nanoseconds. `count`: of what was measured, where one may stand for several.
Json times(const HistogramSum& sum) {
  const auto us = [](std::uint64_t ns) { return static_cast<double>(ns) / kMicrosecond; };
  const double count = static_cast<double>(sum.count);
  return {{"count", sum.count},
          {"sumUs", us(sum.sum)},
          {"meanUs", sum.count == 0 ? 0 : us(sum.sum) / count},
          {"p50Us", us(sum.quantile(0.5))},
          {"p90Us", us(sum.quantile(0.9))},
          {"p99Us", us(sum.quantile(0.99))},
          {"maxUs", us(sum.quantile(1))}};
}

Json to_json(const EdgeView& edge) {
  return {{"caller", edge.caller},
          {"service", edge.service},
          {"method", edge.method},
          {"place", edge.place},
          {"calls", edge.calls},
          {"errors", Json(edge.errors)},
          {"paramsBytes", edge.params_bytes},
          {"resultsBytes", edge.results_bytes},
          {"latency", times(edge.took)}};
}

Json to_json(const MethodCountsView& method) {
  return {{"service", method.service},
          {"method", method.method},
          {"turns", Json(method.turns)},
          {"paramsBytes", method.params_bytes},
          {"resultsBytes", method.results_bytes},
          {"waited", times(method.waited)},
          {"ran", times(method.ran)},
          {"committed", times(method.commits)}};
}

}  // namespace

Json to_json(const GraphView& graph) {
  Json edges = Json::array(), methods = Json::array();
  for (const EdgeView& edge : graph.edges) edges.push_back(to_json(edge));
  for (const MethodCountsView& method : graph.methods) methods.push_back(to_json(method));
  return {{"node", graph.node},
          {"uptimeMs", graph.uptime_ms},
          {"counted", graph.counted},
          {"edges", std::move(edges)},
          {"methods", std::move(methods)}};
}

}  // namespace troupe::observe

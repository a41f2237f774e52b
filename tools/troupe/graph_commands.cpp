// `troupe graph`: who calls whom in the cluster, how often, how it ends, how long it takes and how many bytes it moves.

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "live_commands.h"
#include "show.h"

namespace troupe::tool {
namespace {

struct Edge {
  std::uint64_t calls = 0;
  std::uint64_t errors = 0;
  double per_second = 0;
  double measured = 0;  // calls
  double sum_us = 0;
  double p50_us = 0;  // the largest of the nodes
  double p99_us = 0;
  std::uint64_t out = 0;
  std::uint64_t in = 0;
};
// Caller, callee with method, place.
using Ends = std::tuple<std::string, std::string, std::string>;

std::string rounded(double value, const char* unit) {
  std::array<char, 32> text{};
  const int digits = value < 10 ? 2 : value < 100 ? 1 : 0;
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return std::string(text.data()) + unit;
}

std::string in_words(double us) {
  if (us < 1'000) return rounded(us, " us");
  return us < 1'000'000 ? rounded(us / 1'000, " ms") : rounded(us / 1'000'000, " s");
}

double real_at(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number() ? found->get<double>() : 0;
}

void add(const Json& said, double seconds, Edge& edge) {
  const std::uint64_t calls = number_at(said, "calls");
  edge.calls += calls;
  edge.per_second += seconds > 0 ? static_cast<double>(calls) / seconds : 0;
  if (const auto errors = said.find("errors"); errors != said.end() && errors->is_object())
    for (const auto& [kind, count] : errors->items())
      if (count.is_number_unsigned()) edge.errors += count.get<std::uint64_t>();
  edge.out += number_at(said, "paramsBytes");
  edge.in += number_at(said, "resultsBytes");
  const auto took = said.find("latency");
  if (took == said.end() || !took->is_object()) return;
  edge.measured += real_at(*took, "count");
  edge.sum_us += real_at(*took, "sumUs");
  edge.p50_us = std::max(edge.p50_us, real_at(*took, "p50Us"));
  edge.p99_us = std::max(edge.p99_us, real_at(*took, "p99Us"));
}

}  // namespace

std::string show_graph(const Nodes& nodes, bool json) {
  const auto answers = nodes.get_all("/graph");
  if (json) return as_json(answers);
  std::map<Ends, Edge> edges;
  bool counted = false;
  for (const Answer& answer : answers) {
    counted = counted || answer.body.value("counted", false);
    for (const Json& said : array_at(answer.body, "edges"))
      add(said, static_cast<double>(number_at(answer.body, "uptimeMs")) / 1'000,
          edges[{text_at(said, "caller"), text_at(said, "service") + "." + text_at(said, "method"),
                 text_at(said, "place")}]);
  }
  if (edges.empty())
    return counted ? "no calls yet\n" : "no node counts its calls: NodeConfig::metrics turns that off\n";
  std::vector<std::pair<Ends, Edge>> sorted(edges.begin(), edges.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second.calls > b.second.calls; });
  Table table({"CALLER", "CALLEE", "PLACE", "CALLS", "PER S", "ERRORS", "MEAN", "P50", "P99", "OUT", "IN"});
  for (const auto& [ends, edge] : sorted) {
    const auto& [caller, callee, place] = ends;
    const bool known = edge.measured > 0;
    table.row({caller, callee, place, std::to_string(edge.calls), rounded(edge.per_second, ""),
               std::to_string(edge.errors), known ? in_words(edge.sum_us / edge.measured) : "-",
               known ? in_words(edge.p50_us) : "-", known ? in_words(edge.p99_us) : "-", size(edge.out),
               size(edge.in)});
  }
  return table.text();
}

}  // namespace troupe::tool

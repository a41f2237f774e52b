#include "inspect/meter_metrics.h"

#include <numeric>

namespace troupe::inspect {
namespace {

std::string word_for(std::size_t outcome) {
  if (outcome == 0) return "answered";
  if (outcome == telemetry::kCrashed) return "crashed";
  if (outcome == telemetry::kEnded) return "ended";
  return std::string(to_string(static_cast<ErrorKind>(outcome)));
}

const char* word_for(telemetry::Place place) noexcept {
  switch (place) {
    case telemetry::Place::nowhere: return "none";
    case telemetry::Place::here: return "local";
    case telemetry::Place::far: return "remote";
    case telemetry::Place::several: break;
  }
  return "several";
}

MetricLabels with(MetricLabels labels, const char* name, std::string value) {
  labels.emplace_back(name, std::move(value));
  return labels;
}

}  // namespace

void add_turns(const telemetry::Meters& meters, Families& out) {
  for (const auto& one : meters.methods()) {
    const MetricLabels labels{{"service", one.service}, {"method", one.method}};
    for (std::size_t i = 0; i < one.ended.size(); ++i)
      if (one.ended[i] != 0)
        out.counter("troupe_turns_total", "turns that ended, by how", one.ended[i],
                    with(labels, "outcome", word_for(i)));
    out.durations("troupe_turn_seconds", "from the begin of a turn to its end, what it waited for included", one.ran,
                  labels);
    out.durations("troupe_mailbox_wait_seconds", "what a call waited in the mailbox until its turn", one.waited,
                  labels);
    out.durations("troupe_commit_wait_seconds", "from the end of a turn until what it wrote was on disk", one.commits,
                  labels);
    out.counter("troupe_turn_params_bytes_total", "bytes of the parameters of turns", one.params_bytes, labels);
    out.counter("troupe_turn_results_bytes_total", "bytes of their results", one.results_bytes, labels);
  }
}

void add_edges(const telemetry::Meters& meters, Families& out) {
  for (const auto& one : meters.edges()) {
    const MetricLabels labels{
        {"caller", one.caller}, {"service", one.service}, {"method", one.method}, {"place", word_for(one.place)}};
    for (std::size_t i = 0; i < one.ended.size(); ++i)
      if (one.ended[i] != 0)
        out.counter("troupe_calls_total", "calls of this node that ended, by caller, callee and how", one.ended[i],
                    with(labels, "result", word_for(i)));
    out.durations("troupe_call_seconds", "from a call to its end, as its caller sees it", one.took, labels);
    out.counter("troupe_call_params_bytes_total", "bytes of the parameters of calls", one.params_bytes, labels);
    out.counter("troupe_call_results_bytes_total", "bytes of their results", one.results_bytes, labels);
  }
  out.counter("troupe_meters_lost_total", "turns and calls that were not counted, for want of memory", meters.lost());
}

std::vector<observe::EdgeView> edges_of(const telemetry::Meters& meters) {
  std::vector<observe::EdgeView> out;
  for (const auto& one : meters.edges()) {
    observe::EdgeView view{.caller = one.caller,
                           .service = one.service,
                           .method = one.method,
                           .place = word_for(one.place),
                           .calls = std::accumulate(one.ended.begin(), one.ended.end(), std::uint64_t{0}),
                           .params_bytes = one.params_bytes,
                           .results_bytes = one.results_bytes,
                           .took = one.took};
    for (std::size_t i = 1; i < one.ended.size(); ++i)
      if (one.ended[i] != 0) view.errors[word_for(i)] = one.ended[i];
    out.push_back(std::move(view));
  }
  return out;
}

std::vector<observe::MethodCountsView> methods_of(const telemetry::Meters& meters) {
  std::vector<observe::MethodCountsView> out;
  for (const auto& one : meters.methods()) {
    observe::MethodCountsView view{.service = one.service,
                                   .method = one.method,
                                   .params_bytes = one.params_bytes,
                                   .results_bytes = one.results_bytes,
                                   .waited = one.waited,
                                   .ran = one.ran,
                                   .commits = one.commits};
    for (std::size_t i = 0; i < one.ended.size(); ++i)
      if (one.ended[i] != 0) view.turns[word_for(i)] = one.ended[i];
    out.push_back(std::move(view));
  }
  return out;
}

}  // namespace troupe::inspect

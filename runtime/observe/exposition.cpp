#include "observe/exposition.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <sstream>

namespace troupe::observe {
namespace {

constexpr std::string_view kTotal = "_total";

prometheus::MetricType type_of(MetricKind kind) noexcept {
  switch (kind) {
    case MetricKind::counter: return prometheus::MetricType::Counter;
    case MetricKind::level: return prometheus::MetricType::Gauge;
    case MetricKind::histogram: break;
  }
  return prometheus::MetricType::Histogram;
}

prometheus::ClientMetric metric_of(const MetricSample& sample, MetricKind kind) {
  prometheus::ClientMetric out;
  for (const auto& [name, value] : sample.labels) out.label.push_back({name, value});
  switch (kind) {
    case MetricKind::counter: out.counter.value = sample.value; break;
    case MetricKind::level: out.gauge.value = sample.value; break;
    case MetricKind::histogram:
      out.histogram.sample_count = sample.buckets.count;
      out.histogram.sample_sum = sample.buckets.sum;
      for (const auto& [bound, count] : sample.buckets.up_to) out.histogram.bucket.push_back({count, bound});
      break;
  }
  return out;
}

prometheus::MetricFamily family_of(const MetricFamily& family) {
  prometheus::MetricFamily out;
  out.name = family.name;
  out.help = family.help;
  out.type = type_of(family.kind);
  for (const auto& sample : family.samples) out.metric.push_back(metric_of(sample, family.kind));
  return out;
}

// In OpenMetrics the head of a counter bears its name without what its samples end with.
std::string with_short_heads(std::string text, const std::string& name) {
  const std::string family = name.substr(0, name.size() - kTotal.size());
  for (const char* head : {"# HELP ", "# TYPE "}) {
    const std::string said = head + name + " ";
    if (const auto at = text.find(said); at != std::string::npos) text.replace(at, said.size(), head + family + " ");
  }
  return text;
}

}  // namespace

Exposition exposition_for(std::string_view accept) noexcept {
  if (accept.find("application/openmetrics-text") != std::string_view::npos) return Exposition::open_metrics;
  return accept.find("text/plain") != std::string_view::npos ? Exposition::text : Exposition::json;
}

const char* content_type(Exposition form) noexcept {
  switch (form) {
    case Exposition::json: return "application/json";
    case Exposition::text: return "text/plain; version=0.0.4; charset=utf-8";
    case Exposition::open_metrics: break;
  }
  return "application/openmetrics-text; version=1.0.0; charset=utf-8";
}

std::string expose(const std::vector<MetricFamily>& families, Exposition form) {
  const prometheus::TextSerializer serializer;
  std::string out;
  for (const auto& family : families) {
    if (family.samples.empty()) continue;
    std::ostringstream text;
    text.imbue(std::locale::classic());
    serializer.Serialize(text, {family_of(family)});
    const bool shorten = form == Exposition::open_metrics && family.kind == MetricKind::counter;
    out += shorten ? with_short_heads(text.str(), family.name) : text.str();
  }
  if (form == Exposition::open_metrics) out += "# EOF\n";
  return out;
}

}  // namespace troupe::observe

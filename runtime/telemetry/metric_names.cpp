// The rules of metrics' names. Prometheus gives most of them; that "_total" says a counter, and nothing else, is what
// `promtool check metrics` asks for.
#include <algorithm>
#include <cctype>

#include "telemetry/metric_book.h"

namespace troupe::telemetry {
namespace {

bool is_word(std::string_view text) {
  const auto letter = [](unsigned char c) { return std::isalpha(c) != 0 || c == '_'; };
  const auto fits = [&](unsigned char c) { return letter(c) || std::isdigit(c) != 0; };
  return !text.empty() && letter(static_cast<unsigned char>(text[0])) && std::all_of(text.begin(), text.end(), fits);
}

std::string in_quotes(std::string_view text) { return "\"" + std::string(text.substr(0, 64)) + "\""; }

}  // namespace

std::string wrong_with(std::string_view name, std::string_view help, MetricKind kind) {
  const std::string whose = "the metric " + in_quotes(name);
  if (name.size() > limits::kMaxMetricNameBytes)
    return whose + "... has a name of " + std::to_string(name.size()) + " bytes; at most " +
           std::to_string(limits::kMaxMetricNameBytes) + " are allowed";
  if (!is_word(name)) return whose + ": a name is of letters, digits and '_', and begins with no digit";
  if (help.empty()) return whose + " has no help; say in a line what it counts";
  if (help.size() > limits::kMaxMetricHelpBytes)
    return whose + " has a help of " + std::to_string(help.size()) + " bytes; at most " +
           std::to_string(limits::kMaxMetricHelpBytes) + " are allowed";
  const bool total = name.ends_with("_total");
  if (kind == MetricKind::counter && !total) return whose + " only grows: its name ends with _total";
  if (kind != MetricKind::counter && total) return whose + " is no counter: its name must not end with _total";
  for (const char* reserved : {"_bucket", "_count", "_sum"})
    if (name.ends_with(reserved)) return whose + ": what ends with " + reserved + " is a part of a histogram";
  return {};
}

std::string wrong_with(const MetricLabels& labels) {
  if (labels.size() > limits::kMaxMetricLabels)
    return std::to_string(labels.size()) + " labels; at most " + std::to_string(limits::kMaxMetricLabels) +
           " are allowed";
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto& [name, value] = labels[i];
    if (!is_word(name) || name.starts_with("__") || name == "le" || name == "quantile" ||
        name.size() > limits::kMaxMetricNameBytes)
      return "the label " + in_quotes(name) +
             ": a label is of letters, digits and '_', begins with no digit and not with \"__\", and is not \"le\" or "
             "\"quantile\"";
    if (value.size() > limits::kMaxMetricLabelBytes)
      return "the label " + in_quotes(name) + " has a value of " + std::to_string(value.size()) + " bytes; at most " +
             std::to_string(limits::kMaxMetricLabelBytes) + " are allowed";
    for (std::size_t j = 0; j < i; ++j)
      if (labels[j].first == name) return "the label " + in_quotes(name) + " is there twice";
  }
  return {};
}

}  // namespace troupe::telemetry

// Puts metric families together, sample by sample: those of one name become one family, in the order of their first.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/histogram.h"
#include "troupe/metrics.h"

namespace troupe::inspect {

class Families {
 public:
  template <class Number>
  void level(const char* name, const char* help, Number value, MetricLabels labels = {}) {
    family(name, help, MetricKind::level).samples.push_back({std::move(labels), static_cast<double>(value), {}});
  }
  template <class Number>
  void counter(const char* name, const char* help, Number value, MetricLabels labels = {}) {
    family(name, help, MetricKind::counter).samples.push_back({std::move(labels), static_cast<double>(value), {}});
  }
  // Of nanoseconds, shown in seconds; of nothing there is none.
  void durations(const char* name, const char* help, const HistogramSum& sum, MetricLabels labels = {});
  // Of plain numbers.
  void sizes(const char* name, const char* help, const HistogramSum& sum, MetricLabels labels = {});

  [[nodiscard]] std::vector<MetricFamily> take() { return std::move(all_); }

 private:
  MetricFamily& family(const char* name, const char* help, MetricKind kind);

  std::vector<MetricFamily> all_;
  std::unordered_map<std::string_view, std::size_t> at_;
};

}  // namespace troupe::inspect

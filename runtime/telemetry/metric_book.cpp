#include "telemetry/metric_book.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

namespace troupe::telemetry {
namespace {

constexpr const char* kLeftOut = "troupe_metrics_left_out";
constexpr const char* kFailed = "troupe_metrics_sources_failed_total";

MetricFamily one_value(const char* name, const char* help, MetricKind kind, double value) {
  return {name, help, kind, {{{}, value, {}}}};
}

// The samples of one family may come one by one.
void merge(std::vector<MetricFamily>& into, MetricFamily family) {
  const auto same = std::find_if(into.begin(), into.end(), [&](const auto& one) { return one.name == family.name; });
  if (same == into.end()) return into.push_back(std::move(family));
  for (auto& sample : family.samples) same->samples.push_back(std::move(sample));
}

void add_to(std::atomic<double>& sum, double by) noexcept { sum.fetch_add(by, std::memory_order_relaxed); }

MetricSample sample_of(const MetricLabels& labels, const MetricCell& cell, MetricKind kind) {
  MetricSample sample{labels, cell.value.load(std::memory_order_relaxed), {}};
  if (kind != MetricKind::histogram) return sample;
  sample.buckets.sum = std::exchange(sample.value, 0);
  for (std::size_t i = 0; i < cell.in_bucket.size(); ++i) {
    sample.buckets.count += cell.in_bucket[i].load(std::memory_order_relaxed);
    if (i < cell.bounds.size()) sample.buckets.up_to.emplace_back(cell.bounds[i], sample.buckets.count);
  }
  return sample;
}

void check_bounds(std::string_view name, const std::vector<double>& bounds) {
  const bool grow = std::adjacent_find(bounds.begin(), bounds.end(), std::greater_equal<>()) == bounds.end();
  const bool numbers = std::all_of(bounds.begin(), bounds.end(), [](double bound) { return std::isfinite(bound); });
  if (!bounds.empty() && bounds.size() <= limits::kMaxMetricBounds && grow && numbers) return;
  throw Error(ErrorKind::invalid, "the metric \"" + std::string(name) + "\": a histogram has 1 to " +
                                      std::to_string(limits::kMaxMetricBounds) + " bounds, each larger than the last");
}

}  // namespace

std::shared_ptr<MetricCell> MetricBook::cell(MetricFamily of, std::vector<double> bounds) {
  std::string wrong = wrong_with(of.name, of.help, of.kind);
  const MetricLabels labels = std::move(of.samples.at(0).labels);
  if (wrong.empty()) wrong = wrong_with(labels);
  if (!wrong.empty()) throw Error(ErrorKind::invalid, wrong);
  if (of.kind == MetricKind::histogram) check_bounds(of.name, bounds);
  of.samples.clear();

  const std::lock_guard lock(mutex_);
  auto found = families_.find(of.name);
  if (found != families_.end()) {
    const Family& there = found->second;
    if (there.head.kind != of.kind || there.head.help != of.help || there.bounds != bounds)
      throw Error(ErrorKind::invalid,
                  "the metric \"" + of.name + "\" is there already, with another kind, help or bounds");
    if (const auto series = there.series.find(labels); series != there.series.end()) return series->second;
  } else if (families_.size() >= limits::kMaxMetricFamilies) {
    throw Error(ErrorKind::overloaded, "the metric \"" + of.name + "\" is one too many: at most " +
                                           std::to_string(limits::kMaxMetricFamilies) + " are added to a node's own");
  }
  if (series_ >= limits::kMaxMetricSeries)
    throw Error(ErrorKind::overloaded, "the metric \"" + of.name + "\" has one series too many: a node takes " +
                                           std::to_string(limits::kMaxMetricSeries) +
                                           "; labels are for what a program is written of, not for keys");
  auto cell = std::make_shared<MetricCell>(bounds);
  if (found == families_.end()) {
    std::string name = of.name;
    found = families_.emplace(std::move(name), Family{std::move(of), std::move(bounds), {}}).first;
  }
  found->second.series.emplace(labels, cell);
  ++series_;
  return cell;
}

void MetricBook::add(const std::shared_ptr<MetricCollector>& collector) {
  const std::lock_guard lock(mutex_);
  std::erase_if(collectors_, [](const auto& one) { return one.expired(); });
  if (collectors_.size() >= limits::kMaxMetricSources)
    throw Error(ErrorKind::overloaded, "a node asks at most " + std::to_string(limits::kMaxMetricSources) +
                                           " collectors of metrics; let one go");
  collectors_.push_back(collector);
}

void MetricBook::show(std::function<std::vector<MetricFamily>()> own) {
  const std::unique_lock lock(showing_);
  own_ = std::move(own);
}

void MetricBook::ask(MetricCollector& collector, std::vector<MetricFamily>& into) const {
  std::vector<MetricFamily> told;
  const std::lock_guard asked(collector.asked);
  if (!collector.collect) return;
  MetricSink sink([&](MetricFamily family) { told.push_back(std::move(family)); });
  const auto failed = [&](const std::string& why) {
    failed_.fetch_add(1, std::memory_order_relaxed);
    if (log_) log_({LogLevel::warn, "telemetry", "a collector of metrics threw, and is left out: " + why});
  };
  try {
    const auto collect = collector.collect;  // it may let go of itself
    collect(sink);
    for (auto& family : told) into.push_back(std::move(family));
  } catch (const std::exception& e) {
    failed(e.what());
  } catch (...) {
    failed("an exception that is no std::exception");
  }
}

std::vector<MetricFamily> MetricBook::added() const {
  std::vector<MetricFamily> out;
  std::vector<std::shared_ptr<MetricCollector>> collectors;
  std::size_t series = 0;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, family] : families_) {
      MetricFamily copy = family.head;
      for (const auto& [labels, cell] : family.series) copy.samples.push_back(sample_of(labels, *cell, copy.kind));
      series += copy.samples.size();
      out.push_back(std::move(copy));
    }
    for (const auto& one : collectors_)
      if (auto live = one.lock()) collectors.push_back(std::move(live));
  }
  std::vector<MetricFamily> told;
  for (const auto& one : collectors) ask(*one, told);
  std::uint64_t left_out = 0;
  std::map<std::string, const MetricFamily*, std::less<>> heads;
  std::set<std::pair<std::string, MetricLabels>> seen;
  for (const auto& family : out)
    for (const auto& sample : family.samples) seen.emplace(family.name, sample.labels);
  for (auto& family : told) {
    const auto there = std::find_if(out.begin(), out.end(), [&](const auto& one) { return one.name == family.name; });
    const bool fits = wrong_with(family.name, family.help, family.kind).empty() &&
                      wrong_with(family.samples.at(0).labels).empty() && series < limits::kMaxMetricSeries &&
                      (there == out.end() ? out.size() < limits::kMaxMetricFamilies : there->kind == family.kind) &&
                      seen.emplace(family.name, family.samples[0].labels).second;
    if (fits) {
      ++series;
      merge(out, std::move(family));
    } else {
      ++left_out;
    }
  }
  out.push_back(one_value(kLeftOut, "metrics of the program that broke a rule of names or a limit, and are not shown",
                          MetricKind::level, static_cast<double>(left_out)));
  out.push_back(one_value(kFailed, "times that a collector of metrics threw", MetricKind::counter,
                          static_cast<double>(failed_.load(std::memory_order_relaxed))));
  return out;
}

std::vector<MetricFamily> MetricBook::read() const {
  std::vector<MetricFamily> out;
  {
    const std::shared_lock lock(showing_);
    if (own_) out = own_();
  }
  std::set<std::string, std::less<>> names;
  for (const auto& family : out) names.insert(family.name);
  for (auto& family : added())
    if (names.insert(family.name).second) out.push_back(std::move(family));
  return out;
}

}  // namespace troupe::telemetry

namespace troupe {

using telemetry::add_to;

void MetricCounter::add(double by) const noexcept {
  if (cell_ && by > 0 && std::isfinite(by)) add_to(cell_->value, by);
}

void MetricLevel::set(double value) const noexcept {
  if (cell_) cell_->value.store(value, std::memory_order_relaxed);
}

void MetricLevel::add(double by) const noexcept {
  if (cell_) add_to(cell_->value, by);
}

void MetricHistogram::record(double value) const noexcept {
  if (!cell_ || std::isnan(value)) return;
  const auto& bounds = cell_->bounds;
  const auto at = static_cast<std::size_t>(std::lower_bound(bounds.begin(), bounds.end(), value) - bounds.begin());
  cell_->in_bucket[at].fetch_add(1, std::memory_order_relaxed);
  add_to(cell_->value, value);
}

void MetricSink::counter(std::string_view name, std::string_view help, double value, MetricLabels labels) {
  take_({std::string(name), std::string(help), MetricKind::counter, {{std::move(labels), value, {}}}});
}

void MetricSink::level(std::string_view name, std::string_view help, double value, MetricLabels labels) {
  take_({std::string(name), std::string(help), MetricKind::level, {{std::move(labels), value, {}}}});
}

void MetricSink::histogram(std::string_view name, std::string_view help, MetricBuckets buckets, MetricLabels labels) {
  take_({std::string(name), std::string(help), MetricKind::histogram, {{std::move(labels), 0, std::move(buckets)}}});
}

MetricSource& MetricSource::operator=(MetricSource&& o) noexcept {
  std::swap(collector_, o.collector_);
  return *this;
}

MetricSource::~MetricSource() {
  if (!collector_) return;
  const std::lock_guard asked(collector_->asked);
  collector_->collect = nullptr;
}

MetricCounter Metrics::counter(std::string_view name, std::string_view help, const MetricLabels& labels) {
  MetricCounter out;
  out.cell_ = book_->cell({std::string(name), std::string(help), MetricKind::counter, {{labels, 0, {}}}}, {});
  return out;
}

MetricLevel Metrics::level(std::string_view name, std::string_view help, const MetricLabels& labels) {
  MetricLevel out;
  out.cell_ = book_->cell({std::string(name), std::string(help), MetricKind::level, {{labels, 0, {}}}}, {});
  return out;
}

MetricHistogram Metrics::histogram(std::string_view name, std::string_view help, std::vector<double> bounds,
                                   const MetricLabels& labels) {
  MetricHistogram out;
  out.cell_ =
      book_->cell({std::string(name), std::string(help), MetricKind::histogram, {{labels, 0, {}}}}, std::move(bounds));
  return out;
}

MetricSource Metrics::collect(std::function<void(MetricSink&)> collect) {
  if (!collect) throw Error(ErrorKind::invalid, "collect() was given an empty function");
  auto collector = std::make_shared<telemetry::MetricCollector>(std::move(collect));
  book_->add(collector);
  return MetricSource(std::move(collector));
}

std::uint16_t Metrics::port() const noexcept { return book_->port(); }

void Metrics::visit(const std::function<void(const MetricFamily&)>& family) const {
  if (!family) throw Error(ErrorKind::invalid, "visit() was given an empty function");
  for (const auto& one : book_->read()) family(one);
}

}  // namespace troupe

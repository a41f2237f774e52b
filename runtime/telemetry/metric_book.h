// The metrics that a host program and components add to a node's (troupe/metrics.h), and the one place where all of a
// node's are read.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "troupe/error.h"
#include "troupe/log.h"
#include "troupe/metrics.h"

namespace troupe::telemetry {

// One series that is counted into.
struct MetricCell {
  explicit MetricCell(std::vector<double> bounds_in) : bounds(std::move(bounds_in)), in_bucket(bounds.size() + 1) {}
  std::atomic<double> value{0};  // of a histogram, the sum
  const std::vector<double> bounds;
  std::vector<std::atomic<std::uint64_t>> in_bucket;  // the last: past all bounds
};

struct MetricCollector {
  explicit MetricCollector(std::function<void(MetricSink&)> collect_in) : collect(std::move(collect_in)) {}
  std::recursive_mutex asked;                // held while it is; it may let go of itself
  std::function<void(MetricSink&)> collect;  // empty: it is gone
};

// What is wrong with a family's name, help or labels, as Prometheus and this project want them; empty: nothing.
[[nodiscard]] std::string wrong_with(std::string_view name, std::string_view help, MetricKind kind);
[[nodiscard]] std::string wrong_with(const MetricLabels& labels);

// Any thread.
class MetricBook {
 public:
  explicit MetricBook(LogSink log) : log_(std::move(log)) {}

  // The cell of a series, made if there is none. Throws what Metrics::counter() throws.
  [[nodiscard]] std::shared_ptr<MetricCell> cell(MetricFamily of, std::vector<double> bounds);
  void add(const std::shared_ptr<MetricCollector>& collector);

  // What the node itself shows, from now on; empty: it does not run. Waits for looks that are under way.
  void show(std::function<std::vector<MetricFamily>()> own);
  void listens(std::uint16_t port) noexcept { port_.store(port, std::memory_order_release); }
  [[nodiscard]] std::uint16_t port() const noexcept { return port_.load(std::memory_order_acquire); }
  // All, the node's own first. A name is shown once: one that came before stands.
  [[nodiscard]] std::vector<MetricFamily> read() const;
  // What was added to the node's own.
  [[nodiscard]] std::vector<MetricFamily> added() const;

 private:
  struct Family {
    MetricFamily head;  // without samples
    std::vector<double> bounds;
    std::map<MetricLabels, std::shared_ptr<MetricCell>> series;
  };
  void ask(MetricCollector& collector, std::vector<MetricFamily>& into) const;

  const LogSink log_;
  mutable std::mutex mutex_;
  std::map<std::string, Family, std::less<>> families_;
  std::size_t series_ = 0;
  std::vector<std::weak_ptr<MetricCollector>> collectors_;
  mutable std::atomic<std::uint64_t> failed_{0};
  std::atomic<std::uint16_t> port_{0};
  mutable std::shared_mutex showing_;
  std::function<std::vector<MetricFamily>()> own_;
};

}  // namespace troupe::telemetry

// Metrics: what a node shows of itself in numbers, what a host program adds to them, and who may read them.
//
// All that a node shows stands in runtime/doc/metrics.md. It is read as Prometheus reads, from the admin socket or,
// with MetricsConfig::listen, over TCP (GET /metrics); or by Metrics::visit(), for a program that has its own way to
// whoever watches it.
//
// A host program or a component adds its own by name and labels. Names follow Prometheus: units at their end
// ("_seconds", "_bytes"), "_total" at the end of what only grows. What is shown is bounded (limits::kMaxMetricFamilies,
// limits::kMaxMetricSeries): labels are for what a program is written of, never for keys, users or orders.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "troupe/limits.h"

namespace troupe {

namespace telemetry {
class MetricBook;
struct MetricCell;
struct MetricCollector;
}  // namespace telemetry

// Of a node.
struct MetricsConfig {
  // Turns and calls are counted and measured, by method and by who calls whom. Off, calls cost a few per cent less, and
  // there are no such metrics.
  bool calls = true;
  // "127.0.0.1:9464", "[::1]:9464": GET /metrics is answered there, and nothing else; port 0 takes any that is free.
  // Empty: on the admin socket alone.
  std::string listen{};
  // A file closed to everybody else, with a word that whoever asks over TCP must bear ("Authorization: Bearer WORD").
  // Wanted where `listen` can be reached from other machines.
  std::filesystem::path token_file{};
};

enum class MetricKind : std::uint8_t {
  counter,    // only grows
  level,      // goes up and down: a gauge
  histogram,  // how many were how large
};

using MetricLabels = std::vector<std::pair<std::string, std::string>>;

struct MetricBuckets {
  std::uint64_t count = 0;
  double sum = 0;
  // How many did not exceed a bound; bounds grow, and so do the counts. What exceeds them all is in `count` alone.
  std::vector<std::pair<double, std::uint64_t>> up_to{};
};

struct MetricSample {
  MetricLabels labels{};
  double value = 0;
  MetricBuckets buckets{};  // of a histogram, which has no value
};

struct MetricFamily {
  std::string name;  // "shop_orders_total"
  std::string help;  // one line
  MetricKind kind = MetricKind::level;
  std::vector<MetricSample> samples{};
};

// What counts, held by whoever counts: a cheap value, any thread, also after the node has gone. Those of one name and
// the same labels are one.
class MetricCounter {
 public:
  // What is negative or no number is not added.
  void add(double by = 1) const noexcept;

 private:
  friend class Metrics;
  std::shared_ptr<telemetry::MetricCell> cell_;
};

class MetricLevel {
 public:
  void set(double value) const noexcept;
  void add(double by) const noexcept;

 private:
  friend class Metrics;
  std::shared_ptr<telemetry::MetricCell> cell_;
};

class MetricHistogram {
 public:
  // What is no number is not recorded.
  void record(double value) const noexcept;

 private:
  friend class Metrics;
  std::shared_ptr<telemetry::MetricCell> cell_;
};

// What a collector tells. What breaks the rules of names, or is past a limit, is left out and counted
// (troupe_metrics_left_out).
class MetricSink {
 public:
  void counter(std::string_view name, std::string_view help, double value, MetricLabels labels = {});
  void level(std::string_view name, std::string_view help, double value, MetricLabels labels = {});
  void histogram(std::string_view name, std::string_view help, MetricBuckets buckets, MetricLabels labels = {});

 private:
  friend class telemetry::MetricBook;
  explicit MetricSink(std::function<void(MetricFamily)> take) : take_(std::move(take)) {}
  std::function<void(MetricFamily)> take_;
};

// Keeps a collector: as long as it lives, that is asked. When it goes, a look that is under way is waited for.
class MetricSource {
 public:
  MetricSource() = default;
  MetricSource(MetricSource&&) noexcept = default;
  MetricSource& operator=(MetricSource&& o) noexcept;
  ~MetricSource();

 private:
  friend class Metrics;
  explicit MetricSource(std::shared_ptr<telemetry::MetricCollector> collector) : collector_(std::move(collector)) {}
  std::shared_ptr<telemetry::MetricCollector> collector_;
};

// Node::metrics(). Any thread, before start() and after stop() too.
class Metrics {
 public:
  explicit Metrics(std::shared_ptr<telemetry::MetricBook> book) : book_(std::move(book)) {}

  // Throw `invalid`, saying what is wrong, for a name, a label or a bound that breaks the rules, and for a name that is
  // of another kind or has another help already; `overloaded` past a limit.
  [[nodiscard]] MetricCounter counter(std::string_view name, std::string_view help, const MetricLabels& labels = {});
  [[nodiscard]] MetricLevel level(std::string_view name, std::string_view help, const MetricLabels& labels = {});
  // `bounds` grow, at most limits::kMaxMetricBounds.
  [[nodiscard]] MetricHistogram histogram(std::string_view name, std::string_view help, std::vector<double> bounds,
                                          const MetricLabels& labels = {});

  // `collect` is asked at every look, on whatever thread looks, by one at a time; it must not block. What it throws
  // leaves out what it would have told, and is counted and logged. At most limits::kMaxMetricSources; throws `invalid`
  // for an empty one.
  [[nodiscard]] MetricSource collect(std::function<void(MetricSink&)> collect);

  // All that the node shows, its own first; what is not running yet, or any more, shows the program's alone. What
  // `family` throws goes through.
  void visit(const std::function<void(const MetricFamily& family)>& family) const;

  // Where MetricsConfig::listen listens while the node runs, also when that says 0; 0: nowhere.
  [[nodiscard]] std::uint16_t port() const noexcept;

 private:
  std::shared_ptr<telemetry::MetricBook> book_;
};

}  // namespace troupe

// What a host program adds to the metrics of a node: rules, limits, and collectors that misbehave.
#include "telemetry/metric_book.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <optional>
#include <stdexcept>
#include <thread>

namespace troupe::telemetry {
namespace {

struct Book {
  std::vector<std::string> lines;
  std::shared_ptr<MetricBook> book =
      std::make_shared<MetricBook>([this](const LogLine& line) { lines.emplace_back(line.message); });
  Metrics metrics{book};

  std::optional<MetricFamily> shown(const std::string& name) const {
    std::optional<MetricFamily> found;
    metrics.visit([&](const MetricFamily& family) {
      if (family.name == name) found = family;
    });
    return found;
  }
  double value(const std::string& name) const { return shown(name).value().samples.at(0).value; }
};

ErrorKind kind_of(const std::function<void()>& what) {
  try {
    what();
  } catch (const Error& error) {
    return error.kind();
  }
  return ErrorKind{0};
}

TEST_CASE("a counter, a level and a histogram of a program's are shown as they were set") {
  Book it;
  const auto orders = it.metrics.counter("shop_orders_total", "orders", {{"kind", "web"}});
  const auto carts = it.metrics.level("shop_carts", "open carts");
  const auto sizes = it.metrics.histogram("shop_order_bytes", "sizes", {10, 100});

  orders.add();
  orders.add(2);
  it.metrics.counter("shop_orders_total", "orders", {{"kind", "web"}}).add(4);
  carts.set(7);
  carts.add(-2);
  for (const double size : {1.0, 10.0, 11.0, 1000.0}) sizes.record(size);

  CHECK(it.value("shop_orders_total") == 7);
  CHECK(it.shown("shop_orders_total")->samples[0].labels == MetricLabels{{"kind", "web"}});
  CHECK(it.value("shop_carts") == 5);
  const auto buckets = it.shown("shop_order_bytes")->samples.at(0).buckets;
  CHECK(buckets.count == 4);
  CHECK(buckets.sum == 1022);
  CHECK(buckets.up_to == std::vector<std::pair<double, std::uint64_t>>{{10, 2}, {100, 3}});
}

TEST_CASE("a counter does not go back, and no number is no number") {
  Book it;
  const auto counter = it.metrics.counter("a_total", "a");
  const auto sizes = it.metrics.histogram("b", "b", {1});

  for (const double by : {-1.0, 0.0, std::nan(""), std::numeric_limits<double>::infinity()}) counter.add(by);
  sizes.record(std::nan(""));
  MetricCounter().add(1);
  MetricLevel().set(1);
  MetricHistogram().record(1);

  CHECK(it.value("a_total") == 0);
  CHECK(it.shown("b")->samples.at(0).buckets.count == 0);
}

TEST_CASE("names, labels and bounds that break the rules are refused") {
  Book it;
  auto& m = it.metrics;
  const std::vector<std::function<void()>> wrong = {
      [&] { (void)m.counter("", "help"); },
      [&] { (void)m.counter("grows", "help"); },
      [&] { (void)m.level("a_total", "help"); },
      [&] { (void)m.level("1a", "help"); },
      [&] { (void)m.level("a b", "help"); },
      [&] { (void)m.level("a_count", "help"); },
      [&] { (void)m.level("a", ""); },
      [&] { (void)m.level(std::string(limits::kMaxMetricNameBytes + 1, 'a'), "help"); },
      [&] { (void)m.level("a", std::string(limits::kMaxMetricHelpBytes + 1, 'a')); },
      [&] {
        (void)m.level("a", "help", {{"le", "1"}});
      },
      [&] {
        (void)m.level("a", "help", {{"__x", "1"}});
      },
      [&] {
        (void)m.level("a", "help", {{"x", "1"}, {"x", "2"}});
      },
      [&] {
        (void)m.level("a", "help", {{"x", std::string(limits::kMaxMetricLabelBytes + 1, 'a')}});
      },
      [&] {
        (void)m.level("a", "help", MetricLabels(limits::kMaxMetricLabels + 1, {"x", ""}));
      },
      [&] { (void)m.histogram("a", "help", {}); },
      [&] {
        (void)m.histogram("a", "help", {1, 1});
      },
      [&] {
        (void)m.histogram("a", "help", {2, 1});
      },
      [&] { (void)m.histogram("a", "help", {std::numeric_limits<double>::infinity()}); },
      [&] { (void)m.histogram("a", "help", std::vector<double>(limits::kMaxMetricBounds + 1, 1)); },
      [&] { (void)m.collect({}); },
      [&] { m.visit({}); },
  };

  for (std::size_t i = 0; i < wrong.size(); ++i) {
    CAPTURE(i);
    CHECK(kind_of(wrong[i]) == ErrorKind::invalid);
  }
  CHECK(!it.shown("a"));
}

TEST_CASE("a name keeps its kind, its help and its bounds") {
  Book it;
  (void)it.metrics.level("a", "help");
  (void)it.metrics.histogram("b", "help", {1, 2});

  CHECK(kind_of([&] { (void)it.metrics.histogram("a", "help", {1}); }) == ErrorKind::invalid);
  CHECK(kind_of([&] { (void)it.metrics.level("a", "other help"); }) == ErrorKind::invalid);
  CHECK(kind_of([&] { (void)it.metrics.histogram("b", "help", {1}); }) == ErrorKind::invalid);
}

TEST_CASE("families, series and collectors past the limit are refused, and what is there goes on") {
  Book it;
  for (std::size_t i = 0; i < limits::kMaxMetricFamilies; ++i) (void)it.metrics.level("m" + std::to_string(i), "help");
  CHECK(kind_of([&] { (void)it.metrics.level("more", "help"); }) == ErrorKind::overloaded);
  for (std::size_t i = 0; i < limits::kMaxMetricSeries - limits::kMaxMetricFamilies; ++i)
    (void)it.metrics.level("m0", "help", {{"x", std::to_string(i)}});
  CHECK(kind_of([&] { (void)it.metrics.level("m0", "help", {{"x", "more"}}); }) == ErrorKind::overloaded);
  it.metrics.level("m1", "help").set(3);
  CHECK(it.value("m1") == 3);

  std::vector<MetricSource> sources;
  for (std::size_t i = 0; i < limits::kMaxMetricSources; ++i) sources.push_back(it.metrics.collect([](MetricSink&) {}));
  CHECK(kind_of([&] { (void)it.metrics.collect([](MetricSink&) {}); }) == ErrorKind::overloaded);
  sources.pop_back();
  (void)it.metrics.collect([](MetricSink&) {});
}

TEST_CASE("a collector is asked at every look until it is let go") {
  Book it;
  int asked = 0;
  {
    const auto source = it.metrics.collect([&](MetricSink& sink) { sink.level("asked", "help", ++asked); });
    CHECK(it.value("asked") == 1);
    CHECK(it.value("asked") == 2);
  }
  CHECK(!it.shown("asked"));
  CHECK(asked == 2);
}

TEST_CASE("a collector that throws is left out, counted and logged, and the others are shown") {
  Book it;
  const auto bad = it.metrics.collect([](MetricSink& sink) {
    sink.level("half", "help", 1);
    throw std::runtime_error("no disk");
  });
  const auto worse = it.metrics.collect([](MetricSink&) { throw 7; });
  const auto good = it.metrics.collect([](MetricSink& sink) { sink.level("whole", "help", 1); });

  CHECK(it.value("whole") == 1);
  CHECK(!it.shown("half"));
  CHECK(it.value("troupe_metrics_sources_failed_total") >= 2);
  REQUIRE(!it.lines.empty());
  CHECK(it.lines[0].find("no disk") != std::string::npos);
}

TEST_CASE("what a collector tells is left out, and counted, where it breaks a rule or is told twice") {
  Book it;
  (void)it.metrics.level("there", "help");
  const auto source = it.metrics.collect([](MetricSink& sink) {
    sink.counter("grows", "help", 1);
    sink.counter("there", "help", 1);
    sink.level("there", "help", 1);
    sink.level("twice", "help", 1);
    sink.level("twice", "help", 2);
    sink.level("twice", "help", 3, {{"x", "1"}});
    sink.level("fine", "help", 1, {{"le", "1"}});
  });

  CHECK(it.value("troupe_metrics_left_out") == 5);
  CHECK(it.shown("twice")->samples.size() == 2);
  CHECK(it.value("twice") == 1);
}

TEST_CASE("a collector may let go of itself while it is asked") {
  Book it;
  std::optional<MetricSource> source;
  source.emplace(it.metrics.collect([&](MetricSink& sink) {
    sink.level("last", "help", 1);
    source.reset();
  }));

  CHECK(it.value("last") == 1);
  CHECK(!it.shown("last"));
}

TEST_CASE("what the node shows comes first, and a program cannot take its names") {
  Book it;
  (void)it.metrics.level("troupe_activations", "mine");
  it.book->show([] {
    return std::vector<MetricFamily>{{"troupe_activations", "the node's", MetricKind::level, {{{}, 5, {}}}}};
  });

  CHECK(it.shown("troupe_activations")->help == "the node's");
  it.book->show({});
  CHECK(it.shown("troupe_activations")->help == "mine");
}

TEST_CASE("what counts lives on after its book") {
  MetricCounter counter;
  MetricSource source;
  {
    Book it;
    counter = it.metrics.counter("a_total", "help");
    source = it.metrics.collect([](MetricSink&) {});
  }
  counter.add(1);
}

}  // namespace
}  // namespace troupe::telemetry

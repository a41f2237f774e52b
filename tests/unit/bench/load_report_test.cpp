// What a load test says of itself.
#include <doctest/doctest.h>

#include "overload/histogram.h"
#include "overload/report.h"

namespace troupe::bench {
namespace {

using namespace std::chrono_literals;

LoadTest some_test() {
  LoadTest test;
  test.capacity = 1'000;
  Served served;
  served.goodput = 990;
  served.p99 = 20ms;
  test.steps.push_back({1, served});
  served.goodput = 850;
  served.overloaded = 9'000;
  served.p99 = 210ms;
  test.steps.push_back({10, served});
  return test;
}

TEST_CASE("what is kept is the last step's goodput, to the best that was seen anywhere") {
  LoadTest test = some_test();
  CHECK(test.kept() == doctest::Approx(0.85));

  test.steps[0].served.goodput = 2'000;
  CHECK(test.kept() == doctest::Approx(0.425));
  CHECK(LoadTest{}.kept() == 0);
}

TEST_CASE("table, bars, array and picture hold every step") {
  const LoadTest test = some_test();

  CHECK(load_table(test).find("  10x") != std::string::npos);
  CHECK(load_bars(test).find(" 85%") != std::string::npos);
  CHECK(load_json({test}).find(R"("kept": 0.850, "steps": [{"times": 1, )") != std::string::npos);
  CHECK(load_json({test, test}).find("]},\n {") != std::string::npos);
  const std::string svg = load_svg({test});
  CHECK(svg.starts_with("<svg "));
  CHECK(svg.find("10×") != std::string::npos);
  CHECK(svg.ends_with("</svg>\n"));
}

TEST_CASE("a quantile is no less than the time it stands for, and at most a sixteenth more") {
  for (const auto time : {0ns, 1ns, 15ns, 16ns, 31ns, 1000ns, 123'456'789ns, 9'876'543'210ns}) {
    Histogram histogram;
    histogram.note(time);
    CHECK(histogram.quantile(1) >= time);
    CHECK(histogram.quantile(1).count() <= time.count() + time.count() / 16);
  }
  Histogram histogram;
  for (int i = 1; i <= 1'000; ++i) histogram.note(std::chrono::microseconds(i));
  CHECK(histogram.quantile(0.5) >= 500us);
  CHECK(histogram.quantile(0.5) <= 535us);
  CHECK(histogram.quantile(0.99) >= 990us);
  CHECK(Histogram().quantile(0.5) == 0ns);
}

}  // namespace
}  // namespace troupe::bench

// The array for programs and the table for people.
#include "report.h"

#include <doctest/doctest.h>

namespace troupe::bench {
namespace {

Line line_with(Goal goal) { return {"some_call", "calls/s", "CAF \"best\"", "", goal, 5, nullptr, nullptr}; }

TEST_CASE("a goal that is reached exactly is met") {
  const Goal fast{Goal::Sense::at_least, 0.9};
  const Goal small{Goal::Sense::at_most, 1.6};

  CHECK(met(fast, 0.9));
  CHECK_FALSE(met(fast, 0.89));
  CHECK(met(small, 1.6));
  CHECK_FALSE(met(small, 1.61));
}

TEST_CASE("the array has one object for each line, with medians and whole figures whole") {
  const Line line = line_with({Goal::Sense::at_least, 0.9});
  const std::vector<Row> rows = {{&line, {{1407000, 1, 2e9}, {1440000, 1, 2e9}}}};

  CHECK(to_json(rows) ==
        "[\n"
        R"(  {"name": "some_call", "unit": "calls/s", "ours": 1407000, "baseline": 1440000, )"
        R"("baseline_name": "CAF \"best\"", "ratio": 0.977083})"
        "\n]\n");
}

TEST_CASE("an array of no lines is one still") { CHECK(to_json({}) == "[\n]\n"); }

TEST_CASE("a ratio that is no number is null, which JSON can hold") {
  const Line line = line_with({Goal::Sense::at_least, 0.9});

  const std::string json = to_json({{&line, {{1, 1, 1}, {0, 0, 0}}}});

  CHECK(json.find(R"("ratio": null)") != std::string::npos);
}

TEST_CASE("the table says which goals are missed") {
  const Line slow = line_with({Goal::Sense::at_least, 0.9});
  const Line small = line_with({Goal::Sense::at_most, 2});
  const Comparison half{{50, 49, 51}, {100, 90, 110}};

  const std::string table = to_table({{&slow, half}, {&small, half}});

  CHECK(table.find("50.0 (49.0..51.0)") != std::string::npos);
  CHECK(table.find(">= 0.90 MISSED") != std::string::npos);
  CHECK(table.find("<= 2.00 met") != std::string::npos);
}

}  // namespace
}  // namespace troupe::bench

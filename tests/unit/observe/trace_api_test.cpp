// The paths about traces, over a source made by hand.
#include "observe/trace_api.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "asking.h"
#include "fake_source.h"

namespace troupe::observe {
namespace {

TEST_CASE("traces are listed with what the node holds and what it lost") {
  FakeSource source;

  const auto told = ask(source, "GET", "/traces?which=failing&limit=1");

  CHECK(told.status == 200);
  CHECK(source.traced.chosen == TraceChoice::failing);
  REQUIRE(told.body["traces"].size() == 1);
  CHECK(told.body["traces"][0]["trace"] == std::string(32, 'a'));
  CHECK(told.body["traces"][0]["name"] == "GET /cart");
  CHECK(told.body["traces"][0]["beginNs"] == "1000000000000000007");
  CHECK(told.body["traces"][0]["failures"] == 1);
  CHECK(told.body["totals"]["on"] == true);
  CHECK(told.body["totals"]["sample"] == 0.5);
  CHECK(told.body["totals"]["overwritten"] == 4);
  CHECK(told.body["totals"]["dropped"] == 2);
}

TEST_CASE("a trace is told span by span, with exact times, and with what it led to") {
  FakeSource source;

  const auto told = ask(source, "GET", "/traces/" + std::string(32, 'A'));

  CHECK(source.traced.asked == std::string(32, 'a'));
  const auto& span = told.body["spans"][0];
  CHECK(span["span"] == "0101010101010101");
  CHECK(span["parent"] == "");
  CHECK(span["kind"] == "server");
  CHECK(span["beginNs"] == "1000000000000000007");
  CHECK(span["endNs"] == "1000000000000000009");
  CHECK(span["status"] == "error");
  CHECK(span["attributes"]["n"] == 7);
  CHECK(span["attributes"]["hot"] == true);
  CHECK(span["links"][0]["trace"] == std::string(32, 'a'));
  CHECK(told.body["effects"][0]["name"] == "Cart.(reminder)");
}

TEST_CASE("a trace that the node does not know has no spans, and what is no trace's id is refused") {
  FakeSource source;

  CHECK(ask(source, "GET", "/traces/" + std::string(32, '0')).body["spans"].empty());
  for (const std::string wrong : {"x", "aa", "zz"}) CHECK(ask(source, "GET", "/traces/" + wrong).status == 400);
  CHECK(ask(source, "GET", "/traces?which=best").status == 400);
  CHECK(ask(source, "GET", "/traces?limit=0").status == 400);
  CHECK(ask(source, "GET", "/traces?limitt=1").status == 400);
  CHECK(ask(source, "POST", "/traces").status == 405);
}

}  // namespace
}  // namespace troupe::observe

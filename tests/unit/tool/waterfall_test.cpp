// A trace as it is drawn: clocks put right, parents before children, bars on one axis.
#include "waterfall.h"

#include <doctest/doctest.h>

using namespace troupe::tool;

namespace {

constexpr std::int64_t kMs = 1'000'000;

Json span_json(const char* id, const char* parent, const char* kind, const char* name, const char* node,
               std::int64_t begin_ms, std::int64_t end_ms) {
  return {{"trace", std::string(32, 'a')},
          {"span", id},
          {"parent", parent},
          {"kind", kind},
          {"name", name},
          {"node", node},
          {"beginNs", std::to_string(begin_ms * kMs)},
          {"endNs", std::to_string(end_ms * kMs)},
          {"status", "unset"},
          {"attributes", Json::object()},
          {"links", Json::array()}};
}

// A call from `one`, whose turn ran on `two`, whose clock is so much ahead.
std::vector<WaterfallSpan> two_nodes(std::int64_t ahead_ms) {
  return spans_of({{{"spans", {span_json("01", "", "client", "Stock.reserve", "one", 100, 110)}}},
                   {{"spans",
                     {span_json("02", "01", "server", "Stock.reserve", "two", 102 + ahead_ms, 106 + ahead_ms),
                      span_json("03", "02", "internal", "commit", "two", 106 + ahead_ms, 109 + ahead_ms)}}}});
}

}  // namespace

TEST_CASE("clocks that agree with cause and effect are believed") {
  for (const auto& [node, shift] : clock_shifts(two_nodes(0))) CHECK_MESSAGE(shift == 0, node);
}

TEST_CASE("spans of a node whose clock is wrong are moved so that effects follow causes, and by no more") {
  CHECK(clock_shifts(two_nodes(50)).at("two") == -46 * kMs);
  CHECK(clock_shifts(two_nodes(-50)).at("two") == 48 * kMs);
  CHECK(clock_shifts(two_nodes(50)).at("one") == 0);

  const auto drawn = laid_out(two_nodes(-50), clock_shifts(two_nodes(-50)));
  CHECK(drawn[1].span.begin_ns >= drawn[0].span.begin_ns);
  CHECK(drawn[1].span.end_ns <= drawn[0].span.end_ns);
}

TEST_CASE("clocks are put right from node to node, from where the trace began") {
  auto spans = two_nodes(-50);
  for (auto& span : spans_of({{{"spans",
                                {span_json("04", "02", "client", "Ledger.enter", "two", 53, 55),
                                 span_json("05", "04", "server", "Ledger.enter", "three", 1053, 1054)}}}}))
    spans.push_back(span);

  const auto shifts = clock_shifts(spans);

  CHECK(shifts.at("one") == 0);
  CHECK(shifts.at("two") == 48 * kMs);
  const auto drawn = laid_out(spans, shifts);
  const auto at = [&](const char* id) {
    for (const auto& each : drawn)
      if (each.span.id == id) return each.span;
    return WaterfallSpan{};
  };
  CHECK(at("05").begin_ns >= at("04").begin_ns);
  CHECK(at("05").end_ns <= at("04").end_ns);
}

TEST_CASE("children stand below their parents as they begin, and who has none is a root") {
  auto spans = two_nodes(0);
  for (auto& span : spans_of({{{"spans", {span_json("06", "lost", "server", "Cart.add", "two", 90, 91)}}}}))
    spans.push_back(span);

  const auto drawn = laid_out(spans, {});

  REQUIRE(drawn.size() == 4);
  CHECK(drawn[0].span.id == "06");
  CHECK(drawn[0].depth == 0);
  CHECK(drawn[1].span.id == "01");
  CHECK(drawn[2].span.id == "02");
  CHECK(drawn[2].depth == 1);
  CHECK(drawn[3].depth == 2);
}

TEST_CASE("a circle of parents, a span that two nodes tell of, and no spans at all are drawn without end") {
  const auto circle =
      spans_of({{{"spans",
                  {span_json("01", "02", "server", "a", "n", 1, 2), span_json("02", "01", "server", "b", "n", 1, 2),
                   span_json("03", "03", "server", "c", "n", 1, 2)}}}});
  CHECK(laid_out(circle, clock_shifts(circle)).size() == 3);
  CHECK(spans_of({{{"spans", {span_json("01", "", "server", "a", "n", 1, 2)}}},
                  {{"spans", {span_json("01", "", "server", "a", "n", 1, 2)}}}})
            .size() == 1);
  CHECK(waterfall({}, {}, 80) == "no spans\n");
  CHECK(clock_shifts({}).empty());
}

TEST_CASE("a waterfall has a line for each span, with its bar where it was, and says what it moved") {
  const auto spans = two_nodes(50);
  const auto shifts = clock_shifts(spans);

  const std::string text = waterfall(laid_out(spans, shifts), shifts, 100);

  CHECK(text.find("13.0 ms, 3 spans") != std::string::npos);
  CHECK(text.find("call Stock.reserve one |==") != std::string::npos);
  CHECK(text.find("    commit         two |") != std::string::npos);
  CHECK(text.find("clocks: spans of two are drawn 46.0 ms earlier") != std::string::npos);
}

TEST_CASE("what a span says never reaches the terminal as a control sequence") {
  auto spans = spans_of({{{"spans", {span_json("01", "", "server", "a\x1b[31m", "n\n", 1, 2)}}}});

  const std::string text = waterfall(laid_out(spans, {}), {}, 80);

  CHECK(text.find('\x1b') == std::string::npos);
}

TEST_CASE("the file for Perfetto has a process for each node and an event for each span, and lanes do not cross") {
  auto spans = two_nodes(0);
  for (auto& span : spans_of({{{"spans", {span_json("07", "02", "internal", "crossing", "two", 105, 108)}}}}))
    spans.push_back(span);

  const Json file = chrome_trace(laid_out(spans, {}));

  std::size_t events = 0, processes = 0;
  int turn_lane = 0, crossing_lane = 0;
  for (const Json& event : file["traceEvents"]) {
    if (event["ph"] == "M") ++processes;
    if (event["ph"] != "X") continue;
    ++events;
    CHECK(event["dur"].get<double>() > 0);
    if (event["name"] == "crossing") crossing_lane = event["tid"];
    if (event["name"] == "Stock.reserve") turn_lane = event["tid"];
  }
  CHECK(processes == 2);
  CHECK(events == 4);
  CHECK(turn_lane != crossing_lane);
}

TEST_CASE("times are told in the unit that fits") {
  CHECK(short_time(999) == "999 ns");
  CHECK(short_time(1'500) == "1.50 us");
  CHECK(short_time(12'340'000) == "12.3 ms");
  CHECK(short_time(2'000'000'000) == "2.00 s");
}

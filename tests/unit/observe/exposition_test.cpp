// Metrics as text: what Prometheus reads, and what its own checker says of it.
#include "observe/exposition.h"

#include <doctest/doctest.h>

#include "fake_source.h"
#include "observe/admin_api.h"
#include "observe/metrics_server.h"

namespace troupe::observe {
namespace {

std::string shown(std::string_view accept) {
  FakeSource source;
  return answer(source, {.method = "GET", .target = "/metrics", .body = {}, .accept = accept}).json;
}

TEST_CASE("an Accept header chooses between JSON and two text formats") {
  CHECK(exposition_for("") == Exposition::json);
  CHECK(exposition_for("*/*") == Exposition::json);
  CHECK(exposition_for("application/json, text/plain") == Exposition::text);
  CHECK(exposition_for("text/plain;version=0.0.4") == Exposition::text);
  CHECK(exposition_for("application/openmetrics-text;version=1.0.0,text/plain;q=0.5") == Exposition::open_metrics);
}

TEST_CASE("the text format has a head for each family and a line for each series") {
  const std::string text = shown("text/plain");

  CHECK(text.find("# HELP troupe_turns_total Turns that ended\n# TYPE troupe_turns_total counter\n"
                  "troupe_turns_total 12\n") != std::string::npos);
  CHECK(text.find("troupe_call_retries_total{to=\"Stock\"} 3\n") != std::string::npos);
  CHECK(text.find("# TYPE troupe_turn_seconds histogram\n") != std::string::npos);
  CHECK(text.find("troupe_turn_seconds_bucket{le=\"2\"} 2\n") != std::string::npos);
  CHECK(text.find("troupe_turn_seconds_bucket{le=\"+Inf\"} 3\n") != std::string::npos);
  CHECK(text.find("troupe_turn_seconds_sum 4.5\n") != std::string::npos);
  CHECK(text.find("troupe_turn_seconds_count 3\n") != std::string::npos);
}

TEST_CASE("OpenMetrics names a counter's family without its end, and ends with EOF") {
  const std::string text = shown("application/openmetrics-text");

  CHECK(text.find("# TYPE troupe_turns counter\ntroupe_turns_total 12\n") != std::string::npos);
  CHECK(text.ends_with("# EOF\n"));
}

TEST_CASE("quotes, backslashes and line ends in a label stay in it") {
  const std::string text = expose({{"a", "b", MetricKind::level, {{{{"x", "1\"2\\3\n4"}}, 1, {}}}}}, Exposition::text);
  CHECK(text.find("a{x=\"1\\\"2\\\\3\\n4\"} 1\n") != std::string::npos);
}

TEST_CASE("a family without a sample is not shown") {
  CHECK(expose({{"a", "b", MetricKind::level, {}}}, Exposition::text).empty());
}

TEST_CASE("over TCP there are the metrics for who bears the token, and nothing else") {
  const auto none = [] { return std::vector<MetricFamily>{{"a", "b", MetricKind::level, {{{}, 1, {}}}}}; };
  const auto ask = [&](std::string_view method, std::string_view target, std::string_view authorization,
                       const std::string& token) {
    return answer_scrape({.method = method, .target = target, .body = {}, .authorization = authorization}, token, none);
  };

  CHECK(ask("GET", "/metrics", "", "").status == 200);
  CHECK(ask("GET", "/metrics?a=b", "", "").json.find("a 1\n") != std::string::npos);
  CHECK(ask("GET", "/metrics", "", "").content_type.starts_with("text/plain"));
  CHECK(ask("POST", "/metrics", "", "").status == 405);
  CHECK(ask("GET", "/node", "", "").status == 404);
  CHECK(ask("GET", "/metrics", "Bearer word", "word").status == 200);
  for (const char* wrong : {"", "word", "Bearer ", "Bearer wor", "Bearer words", "Bearer work", "Basic word"}) {
    CAPTURE(wrong);
    CHECK(ask("GET", "/metrics", wrong, "word").status == 401);
    CHECK(ask("GET", "/node", wrong, "word").status == 401);
  }
}

TEST_CASE("what cannot be read is an answer") {
  const auto answer =
      answer_scrape({.method = "GET", .target = "/metrics", .body = {}}, "",
                    []() -> std::vector<MetricFamily> { throw Error(ErrorKind::unavailable, "no memory"); });
  CHECK(answer.status == 500);
  CHECK(answer.json.find("no memory") != std::string::npos);
}

TEST_CASE("an address to listen on has a port, and is an address") {
  CHECK(listen_address("127.0.0.1:9464")->port == 9464);
  CHECK(listen_address("127.0.0.1:0")->loopback);
  CHECK(listen_address("[::1]:1")->host == "::1");
  CHECK(!listen_address("0.0.0.0:1")->loopback);
  CHECK(!listen_address("[::]:1")->loopback);
  for (const char* wrong : {"", ":1", "9464", "localhost:1", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
                            "127.0.0.1:-1", "127.0.0.1:1x", "::1:1", "[127.0.0.1]:1", "[::1]"}) {
    CAPTURE(wrong);
    REQUIRE(!listen_address(wrong).ok());
    CHECK(listen_address(wrong).error().kind() == ErrorKind::invalid);
  }
}

}  // namespace
}  // namespace troupe::observe

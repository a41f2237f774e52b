// The body of an export, held against the rules of OTLP's JSON.
#include "telemetry/otlp_json.h"

#include <doctest/doctest.h>

#include <limits>
#include <nlohmann/json.hpp>

using namespace troupe;
using namespace troupe::telemetry;

namespace {

SpanPtr made_span() {
  SpanData span{.kind = SpanKind::client, .name = "Stock.reserve", .node = "shop-1"};
  span.context.trace_id.fill(0xab);
  span.context.span_id.fill(0x01);
  span.context.flags = 1;
  span.parent.fill(0x02);
  span.begin_ns = 1'700'000'000'123'456'789;
  span.end_ns = 1'700'000'000'123'456'999;
  span.status = SpanStatus::error;
  span.message = "failed";
  span.attributes = {{"text", std::string("a\xff")},
                     {"count", std::numeric_limits<std::int64_t>::min()},
                     {"share", 0.5},
                     {"none", std::numeric_limits<double>::quiet_NaN()},
                     {"yes", true}};
  TraceContext link;
  link.trace_id.fill(0x0c);
  link.span_id.fill(0x0d);
  span.links.push_back(link);
  return std::make_shared<const SpanData>(span);
}

nlohmann::json body_of(std::vector<SpanPtr> spans) {
  return nlohmann::json::parse(otlp_json({"shop", "shop-1"}, spans));
}

}  // namespace

TEST_CASE("ids are hexadecimal, 64-bit numbers are texts, kinds and codes are numbers") {
  const auto body = body_of({made_span()});

  const auto& span = body["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
  CHECK(span["traceId"] == "abababababababababababababababab");
  CHECK(span["spanId"] == "0101010101010101");
  CHECK(span["parentSpanId"] == "0202020202020202");
  CHECK(span["startTimeUnixNano"] == "1700000000123456789");
  CHECK(span["endTimeUnixNano"] == "1700000000123456999");
  CHECK(span["kind"] == 3);
  CHECK(span["flags"] == 1);
  CHECK(span["status"]["code"] == 2);
  CHECK(span["status"]["message"] == "failed");
  CHECK(span["links"][0]["traceId"] == "0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c");
  CHECK(span["links"][0]["spanId"] == "0d0d0d0d0d0d0d0d");
}

TEST_CASE("each kind of attribute has its own value, and no bytes or numbers that JSON cannot hold") {
  const auto body = body_of({made_span()});

  const auto& attributes = body["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["attributes"];
  CHECK(attributes[0]["value"]["stringValue"] == "a\xef\xbf\xbd");
  CHECK(attributes[1]["value"]["intValue"] == "-9223372036854775808");
  CHECK(attributes[2]["value"]["doubleValue"] == 0.5);
  CHECK(attributes[3]["value"]["doubleValue"] == "NaN");
  CHECK(attributes[4]["value"]["boolValue"] == true);
}

TEST_CASE("a batch says once whose it is, and a span without parent, status or links says none") {
  const auto body = body_of({std::make_shared<const SpanData>(SpanData{.name = "a"}), made_span()});

  const auto& resource = body["resourceSpans"][0]["resource"]["attributes"];
  CHECK(resource[0]["key"] == "service.name");
  CHECK(resource[0]["value"]["stringValue"] == "shop");
  CHECK(resource[1]["key"] == "service.instance.id");
  CHECK(resource[1]["value"]["stringValue"] == "shop-1");
  const auto& spans = body["resourceSpans"][0]["scopeSpans"][0]["spans"];
  REQUIRE(spans.size() == 2);
  CHECK_FALSE(spans[0].contains("parentSpanId"));
  CHECK_FALSE(spans[0]["status"].contains("code"));
  CHECK(spans[0]["links"].empty());
}

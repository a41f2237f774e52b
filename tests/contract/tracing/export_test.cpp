// Spans on their way out of a node: to a real receiver of OTLP/HTTP JSON, and to the host's own sink.
#include <atomic>
#include <cmath>
#include <mutex>

#include "collector_server.h"
#include "spans_seen.h"

using namespace troupe;
using namespace troupe::contract;

namespace {

const TraceContext kExported = sampled_trace(0x70);

void add_traced(const Distance& distance) {
  const TraceScope scope(kExported);
  distance.add("a", 5);
}

}  // namespace

TEST_CASE("a collector gets every span, by the rules of OTLP's JSON, also when it was busy first") {
  CollectorServer collector({503, 429});
  Distance distance(Length::bytes, [&](NodeConfig& config) {
    config.cluster = "shop";
    config.tracing.sample = 0;
    config.tracing.otlp.url = collector.url();
    config.tracing.otlp.headers = {{"x-tenant", "tests"}};
    config.tracing.otlp.every = std::chrono::milliseconds(1);
  });

  add_traced(distance);

  // Two of the owner's, client and link of the caller's.
  REQUIRE(eventually([&] { return collector.spans().size() >= 4; }));
  CHECK(collector.broken() == std::vector<std::string>{});
  std::set<std::string> names;
  for (const auto& span : collector.spans()) {
    CHECK(span["traceId"] == trace_digits(kExported));
    names.insert(span["name"]);
  }
  CHECK(names == std::set<std::string>{"Account.add", "commit", "link owner"});
  CHECK(collector.resources()[0]["attributes"][0]["value"]["stringValue"] == "shop");
  CHECK(collector.head(0).find("POST /v1/traces HTTP/1.1") == 0);
  CHECK(collector.head(0).find("x-tenant: tests") != std::string::npos);
  CHECK(collector.head(0).find("application/json") != std::string::npos);
}

TEST_CASE("what a collector refuses for good is counted, and the node goes on") {
  CollectorServer collector(std::vector<int>(100, 400));
  Distance distance(Length::pointer, [&](NodeConfig& config) {
    config.tracing.otlp.url = collector.url();
    config.tracing.otlp.every = std::chrono::milliseconds(1);
  });

  add_traced(distance);

  REQUIRE(eventually([&] {
    const auto totals = nlohmann::json::parse(distance.ask_all("/traces")[0])["totals"];
    return totals["notExported"].get<int>() >= 3;
  }));
  const auto totals = nlohmann::json::parse(distance.ask_all("/traces")[0])["totals"];
  CHECK(totals["exportError"] == "of the collector: it answered 400");
  CHECK(distance.balance("a") == 5);
}

TEST_CASE("a node that stops brings out what waits") {
  CollectorServer collector;
  {
    Distance distance(Length::pointer, [&](NodeConfig& config) {
      config.tracing.otlp.url = collector.url();
      config.tracing.otlp.every = std::chrono::hours(1);
    });
    add_traced(distance);
  }

  CHECK(collector.spans().size() >= 3);
}

TEST_CASE("a collector that nobody runs delays neither a turn nor the node's stop") {
  Distance distance(Length::pointer, [&](NodeConfig& config) {
    config.tracing.sample = 1;
    config.tracing.otlp.url = "http://127.0.0.1:1/v1/traces";
    config.tracing.otlp.every = std::chrono::milliseconds(1);
    config.tracing.otlp.queue = 4;
  });
  for (int i = 0; i < 50; ++i) distance.add("a", 1);

  CHECK(distance.balance("a") == 50);
  CHECK(distance.node().stop(std::chrono::seconds(5)).complete);
}

TEST_CASE("the host's own sink gets the spans, and what it throws is only logged") {
  std::mutex mutex;
  std::set<std::string> names;
  std::atomic<int> lines{0};
  {
    Distance distance(Length::pointer, [&](NodeConfig& config) {
      config.tracing.otlp.every = std::chrono::milliseconds(1);
      config.log = [&](const LogLine& line) {
        if (line.message.find("TracingConfig::sink") != std::string::npos) ++lines;
      };
      config.tracing.sink = [&](std::span<const SpanData> spans) {
        const std::lock_guard lock(mutex);
        for (const SpanData& span : spans) names.insert(span.name);
        throw std::runtime_error("the sink of the test throws");
      };
    });
    add_traced(distance);
  }

  CHECK(names == std::set<std::string>{"Account.add", "commit"});
  CHECK(lines > 0);
}

TEST_CASE("a tracing configuration that cannot work is refused, naming the field") {
  const auto refused = [](const std::function<void(TracingConfig&)>& change) {
    NodeConfig config;
    change(config.tracing);
    return error_of([&] { Node node(config); }).message();
  };

  CHECK(refused([](auto& t) { t.sample = 1.5; }).find("tracing.sample") != std::string::npos);
  CHECK(refused([](auto& t) { t.sample = -0.1; }).find("tracing.sample") != std::string::npos);
  CHECK(refused([](auto& t) { t.sample = std::nan(""); }).find("tracing.sample") != std::string::npos);
  CHECK(refused([](auto& t) { t.slow = std::chrono::milliseconds(-1); }).find("tracing.slow") != std::string::npos);
  CHECK(refused([](auto& t) { t.keep = limits::kMaxSpansKept + 1; }).find("tracing.keep") != std::string::npos);
  CHECK(refused([](auto& t) { t.otlp.url = "collector"; }).find("tracing.otlp.url") != std::string::npos);
  CHECK(refused([](auto& t) { t.otlp.batch = 0; }).find("tracing.otlp.batch") != std::string::npos);
  CHECK(refused([](auto& t) { t.otlp.queue = 0; }).find("tracing.otlp.queue") != std::string::npos);
  CHECK(refused([](auto& t) { t.otlp.timeout = {}; }).find("tracing.otlp.timeout") != std::string::npos);
  CHECK(refused([](auto& t) { t.otlp.every = {}; }).find("tracing.otlp.every") != std::string::npos);
  CHECK(refused([](auto& t) { t.otlp.headers = {{"a b", "c"}}; }).find("tracing.otlp.headers") != std::string::npos);
  CHECK(refused([](auto& t) { t.otlp.headers = {{"a", "c\r\nd: e"}}; }).find("headers") != std::string::npos);
}

TEST_CASE("a node keeps no spans at zero, and the largest numbers are taken") {
  Distance none(Length::pointer, [](NodeConfig& config) { config.tracing.keep = 0; });
  add_traced(none);
  CHECK(spans_of(none, trace_digits(kExported)).empty());

  Distance most(Length::pointer, [](NodeConfig& config) {
    config.tracing.keep = limits::kMaxSpansKept;
    config.tracing.slow = std::chrono::milliseconds::max();
    config.tracing.otlp.every = std::chrono::milliseconds::max();
    config.tracing.otlp.timeout = std::chrono::milliseconds::max();
    config.tracing.otlp.batch = limits::kMaxSpanBatch;
    config.tracing.otlp.queue = limits::kMaxSpanQueue;
    config.tracing.sink = [](std::span<const SpanData>) {};
  });
  add_traced(most);
  (void)wait_for_span(most, trace_digits(kExported), "commit", "internal");
}

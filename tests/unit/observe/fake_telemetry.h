// What a fake node noted of its turns, and the spans that it remembers.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "observe/inspection_source.h"

namespace troupe::observe {

// One turn of each actor that is asked about.
class FakeEvents : public EventSource {
 public:
  Result<std::vector<EventView>> events(const EventRequest& request) override {
    asked = request;
    if (off) return Error(ErrorKind::invalid, "this node notes no turns");
    EventView view;
    view.actor = "Stock/sku-1";
    view.method = "reserve";
    view.at_ms = 1000;
    view.ran_us = 7;
    view.outcome = "answered";
    view.input = R"({"quantity":2})";
    EventView large = view;
    large.ran_us.reset();
    large.outcome = "begun";
    large.input.reset();
    large.input_bytes = 5000;
    return std::vector<EventView>{view, large};
  }

  std::vector<RecordingView> recordings() override { return {{.actor = "Stock/sku-1", .turns = 3}}; }
  Result<RecordingView> start_recording(const RecordRequest& request) override {
    recorded = request;
    return RecordingView{.actor = request.service + "/" + request.key, .most_turns = request.turns};
  }
  Result<RecordingView> stop_recording(const std::string& actor) override {
    if (actor != "Stock/sku-1") return Error(ErrorKind::not_found, "it is not recorded");
    return RecordingView{.actor = actor, .turns = 3, .file = "/data/recordings/x.turns"};
  }

  EventRequest asked;
  RecordRequest recorded;
  bool off = false;
};

// Two traces; one of a call that failed, whose turn linked to the other.
class FakeTraces : public TraceSource {
 public:
  std::vector<TraceLine> traces(TraceChoice choice, std::size_t most) override {
    chosen = choice;
    std::vector<TraceLine> lines{{std::string(32, 'a'), "GET /cart", true, 1'000'000'000'000'000'007, 3, 4, 1, false},
                                 {std::string(32, 'b'), "Stock.reserve", false, 1, 2, 1, 0, true}};
    lines.resize(std::min(most, lines.size()));
    return lines;
  }
  std::vector<SpanData> trace(std::string_view id) override {
    asked = std::string(id);
    if (id != std::string(32, 'a')) return {};
    SpanData span{.kind = SpanKind::server, .name = "Stock.reserve", .node = "shop-1"};
    span.context.trace_id.fill(0xaa);
    span.context.span_id.fill(0x01);
    span.begin_ns = 1'000'000'000'000'000'007;
    span.end_ns = 1'000'000'000'000'000'009;
    span.status = SpanStatus::error;
    span.message = "failed";
    span.attributes = {{"troupe.actor", std::string("Stock/sku-1")}, {"n", std::int64_t{7}}, {"hot", true}};
    span.links.push_back(span.context);
    return {span};
  }
  std::vector<SpanData> effects(std::string_view) override { return {{.name = "Cart.(reminder)", .node = "shop-2"}}; }
  TraceTotals totals() override { return {true, 0.5, 5, 10'000, 9, 4, 2}; }

  TraceChoice chosen{};
  std::string asked;
};

}  // namespace troupe::observe

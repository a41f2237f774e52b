// The path about turns that were, over a source made by hand.
#include "observe/events_api.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "asking.h"
#include "fake_source.h"

namespace troupe::observe {
namespace {

TEST_CASE("a turn is told with its parameters, and one whose parameters were too large with their size") {
  FakeSource source;

  const auto told = ask(source, "GET", "/events?actor=Stock%2Fsku%2F1&last=5");

  const nlohmann::json& events = told.body["events"];
  REQUIRE(events.size() == 2);
  CHECK(events[0]["method"] == "reserve");
  CHECK(events[0]["ranUs"] == 7);
  CHECK(events[0]["input"]["quantity"] == 2);
  CHECK(events[1]["outcome"] == "begun");
  CHECK(events[1]["ranUs"].is_null());
  CHECK(events[1]["input"].is_null());
  CHECK(events[1]["inputBytes"] == 5000);
  CHECK(source.noted.asked.service == "Stock");
  CHECK(source.noted.asked.key == "sku/1");
  CHECK(source.noted.asked.last == 5);
}

TEST_CASE("without an actor the newest turns of the node are asked for") {
  FakeSource source;

  const auto told = ask(source, "GET", "/events");

  CHECK(told.status == 200);
  CHECK(source.noted.asked.service.empty());
  CHECK(source.noted.asked.last == 20);
}

TEST_CASE("a request for events that cannot be meant is refused with what is wrong") {
  FakeSource source;

  CHECK(ask(source, "GET", "/events?last=0").status == 400);
  CHECK(ask(source, "GET", "/events?last=1001").status == 400);
  CHECK(ask(source, "GET", "/events?actor=Stock").message().find("SERVICE/KEY") != std::string::npos);
  CHECK(ask(source, "GET", "/events?actor=Stock%2F").status == 400);
  CHECK(ask(source, "GET", "/events?actr=Stock%2F1").status == 400);
  CHECK(ask(source, "POST", "/events").status == 405);
  source.noted.off = true;
  CHECK(ask(source, "GET", "/events").message() == "this node notes no turns");
}

TEST_CASE("an actor's turns are recorded within bounds, listed, and end as a file") {
  FakeSource source;

  const auto started = ask(source, "POST", "/recordings/start?actor=Stock%2Fsku-1&turns=7&bytes=5000");
  const auto listed = ask(source, "GET", "/recordings");
  const auto stopped = ask(source, "POST", "/recordings/stop?actor=Stock%2Fsku-1");

  CHECK(started.body["mostTurns"] == 7);
  CHECK(source.noted.recorded.bytes == 5000);
  CHECK(listed.body["recordings"][0]["turns"] == 3);
  CHECK(stopped.body["file"] == "/data/recordings/x.turns");
  CHECK(ask(source, "POST", "/recordings/stop?actor=Stock%2Fother").status == 404);
  CHECK(ask(source, "POST", "/recordings/start").message() == "whose turns? actor=SERVICE/KEY");
  CHECK(ask(source, "POST", "/recordings/start?actor=Stock%2F1&turns=0").status == 400);
  CHECK(ask(source, "POST", "/recordings/start?actor=Stock%2F1&bytes=-1").status == 400);
  CHECK(ask(source, "GET", "/recordings/start?actor=Stock%2F1").status == 405);
  CHECK(ask(source, "POST", "/recordings").status == 405);
}

}  // namespace
}  // namespace troupe::observe

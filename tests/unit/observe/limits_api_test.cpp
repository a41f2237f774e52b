// The paths about breakers and limits, over a source made by hand.
#include "observe/limits_api.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "asking.h"
#include "fake_source.h"

namespace troupe::observe {
namespace {

TEST_CASE("breakers are told with their member, their state and what they have seen") {
  FakeSource source;

  const auto told = ask(source, "GET", "/breakers");

  const auto& first = told.body["breakers"][0];
  CHECK(first["method"] == "Stock.reserve");
  CHECK(first["member"] == "shop-1");
  CHECK(first["state"] == "open");
  CHECK(first["calls"] == 20);
  CHECK(first["failed"] == 12);
  CHECK(first["slow"] == 3);
  CHECK(first["retryAfterMs"] == 1500);
  CHECK(first["opened"] == 2);
  CHECK(first["refused"] == 7);
  CHECK(told.body["breakers"][1]["state"] == "closed");
}

TEST_CASE("limits are told with what is used of each, those of calls and those of the node") {
  FakeSource source;

  const auto told = ask(source, "GET", "/limits");

  const auto& calls = told.body["calls"][0];
  CHECK(calls["to"] == "Stock");
  CHECK(calls["inFlight"] == 3);
  CHECK(calls["mostInFlight"] == 8);
  CHECK(calls["waitingForPlace"] == 2);
  CHECK(calls["mostWaiting"] == 10);
  CHECK(calls["waited"] == 11);
  CHECK(calls["refused"] == 1);
  CHECK(calls["budgetUsed"] == 5);
  CHECK(calls["budget"] == 40);
  CHECK(calls["budgetRefused"] == 2);
  CHECK(calls["retries"] == 9);
  CHECK(calls["attemptsTimedOut"] == 6);
  CHECK(calls["hedges"] == 4);
  CHECK(told.body["node"][0]["name"] == "calls that wait for their turn");
  CHECK(told.body["node"][0]["used"] == 17);
  CHECK(told.body["node"][0]["most"] == 250000);
  CHECK(told.body["node"][0]["field"] == "overload.x");
  CHECK(told.body["waiting"] == 6);
}

TEST_CASE("a breaker is opened and reset by name, at one member or all, and a mistake says why") {
  FakeSource source;

  CHECK(ask(source, "POST", "/breakers/Stock.reserve/open?member=shop-1").status == 200);
  CHECK(source.bounds.ordered == "Stock.reserve@shop-1 open");
  CHECK(ask(source, "POST", "/breakers/Stock.reserve/reset").body["breakers"][0]["state"] == "closed");
  CHECK(source.bounds.ordered == "Stock.reserve@ reset");

  CHECK(ask(source, "POST", "/breakers/none/reset").status == 404);
  CHECK(ask(source, "GET", "/breakers/Stock.reserve/reset").status == 405);
  CHECK(ask(source, "POST", "/breakers").status == 405);
  CHECK(ask(source, "POST", "/limits").status == 405);
  CHECK(ask(source, "GET", "/breakers?state=open").status == 400);
  CHECK(ask(source, "POST", "/breakers/Stock.reserve/reset?node=a").status == 400);
  CHECK(ask(source, "GET", "/breakers/Stock.reserve").message().find("/breakers/METHOD/open") != std::string::npos);
}

}  // namespace
}  // namespace troupe::observe

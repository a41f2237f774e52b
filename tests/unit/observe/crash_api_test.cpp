// The paths about crashes, over a source made by hand.
#include "observe/crash_api.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "asking.h"
#include "fake_source.h"

namespace troupe::observe {
namespace {

using nlohmann::json;

TEST_CASE("a crash is told with its cause, its request, what was decided and where it was thrown") {
  FakeSource source;

  const auto told = ask(source, "GET", "/restarts?actor=Stock%2Fsku-1&limit=5");

  const json& crash = told.body["restarts"][0];
  CHECK(crash["actor"] == "Stock/sku-1");
  CHECK(crash["cause"] == "handler");
  CHECK(crash["request"] == "00ff");
  CHECK(crash["message"] == "boom");
  CHECK(crash["outcome"] == "quarantined");
  CHECK(crash["afterMs"] == 30000);
  CHECK(crash["trace"][0] == "Stock::reserve");
  CHECK(source.crashed.asked == "Stock/sku-1");
  CHECK(source.crashed.most == 5);
  CHECK(ask(source, "GET", "/restarts?limit=0").status == 400);
  CHECK(ask(source, "POST", "/restarts").status == 405);
}

TEST_CASE("quarantined actors come by pages, each with since when, until when and why") {
  FakeSource source;

  const auto first = ask(source, "GET", "/quarantine?limit=2");
  const auto second = ask(source, "GET", "/quarantine?limit=2&after=Stock%2Fb");

  CHECK(first.body["quarantined"].size() == 2);
  CHECK(first.body["quarantined"][0]["untilMs"] == 2000);
  CHECK(first.body["quarantined"][0]["why"] == "too often");
  CHECK(first.body["next"] == "Stock/b");
  CHECK(second.body["quarantined"][0]["actor"] == "Stock/c");
  CHECK(second.body["next"] == "");
}

TEST_CASE("a quarantine is cleared by name, or all of them, and never by mistake") {
  FakeSource source;

  CHECK(ask(source, "POST", "/quarantine/clear?actor=Stock%2Fa").body["cleared"] == 1);
  CHECK(ask(source, "POST", "/quarantine/clear?all=1").body["cleared"] == 3);
  CHECK(ask(source, "POST", "/quarantine/clear").status == 400);
  CHECK(ask(source, "POST", "/quarantine/clear?actor=Stock%2Fa&all=1").status == 400);
  CHECK(ask(source, "GET", "/quarantine/clear?all=1").status == 405);
}

}  // namespace
}  // namespace troupe::observe

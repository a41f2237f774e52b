// The paths about pools, over a source made by hand.
#include "observe/pool_api.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "asking.h"
#include "fake_source.h"

namespace troupe::observe {
namespace {

TEST_CASE("pools are told with how their calls are spread, and how each member fares") {
  FakeSource source;
  const auto told = ask(source, "GET", "/pools");
  CHECK(told.status == 200);
  const auto& pool = told.body["pools"][0];
  CHECK(pool["service"] == "Resizer");
  CHECK(pool["balance"] == "round_robin");
  const auto& second = pool["members"][1];
  CHECK(second["node"] == "shop-2");
  CHECK(second["choosable"] == true);
  CHECK(second["weight"] == 300);
  CHECK(second["underWay"] == 0);
  CHECK(second["calls"] == 7);
  CHECK(second["failures"] == 7);
  CHECK(second["leftOutMs"] == 950);
}

TEST_CASE("how a pool's calls are spread is changed by one of the known words") {
  FakeSource source;
  const auto told = ask(source, "POST", "/pools/Resizer/balance?policy=local_first");
  CHECK(told.status == 200);
  CHECK(told.body["balance"] == "local_first");
  CHECK(source.spread.pool.balance == Balance::local_first);
  for (const char* wrong : {"", "?policy=", "?policy=fair", "?policy=random&more=1"}) {
    INFO(wrong);
    const auto refused = ask(source, "POST", "/pools/Resizer/balance" + std::string(wrong));
    CHECK(refused.status == 400);
    CHECK(source.spread.pool.balance == Balance::local_first);
  }
  CHECK(ask(source, "POST", "/pools/Resizer/balance?policy=fair")
            .body["error"]["message"]
            .get<std::string>()
            .find("least_outstanding, round_robin") != std::string::npos);
  CHECK(ask(source, "POST", "/pools/None/balance?policy=random").status == 404);
}

TEST_CASE("pools are read by GET and changed by POST") {
  FakeSource source;
  CHECK(ask(source, "POST", "/pools").status == 405);
  CHECK(ask(source, "GET", "/pools/Resizer/balance?policy=random").status == 405);
  CHECK(ask(source, "GET", "/pools?x=1").status == 400);
  CHECK(ask(source, "GET", "/pools/Resizer").status == 404);
}

}  // namespace
}  // namespace troupe::observe

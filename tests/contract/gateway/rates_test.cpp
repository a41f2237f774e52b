// Rate limits: of an address, of a caller, of a route; across gateways, and without the actors that count.
#include <random>
#include <thread>

#include "gallery.h"
#include "gateway/client_address.h"
#include "gateway/rate_cell.h"
#include "gateway/rate_limiter.h"
#include "troupe/testing.h"

using namespace troupe;
using namespace troupe::bazaar;
using nlohmann::json;

namespace {

std::string caller(const std::string& name) { return "Authorization: Bearer " + name + "\r\n"; }

gateway::GatewayOptions limited(gateway::RateLimits limits) {
  gateway::GatewayOptions options;
  options.limits = limits;
  return options;
}

// Asks until it is answered otherwise.
int status_after(Stage& stage, int before, const std::string& target, const std::string& headers) {
  int status = before;
  for (const auto end = std::chrono::steady_clock::now() + http::RawClient::kPatience;
       status == before && std::chrono::steady_clock::now() < end;)
    status = stage.get(target, headers).status;
  return status;
}

}  // namespace

TEST_CASE("an address that is past its rate is told when to come again, whoever it says it is, and then passes") {
  Stage stage(limited({.per_address = {.per_minute = 60, .burst = 3}}));

  for (const char* who : {"a", "b", "c"}) CHECK(stage.get("/mirror/special/literal", caller(who)).status == 200);
  const auto refused = stage.get("/mirror/special/literal", caller("d"));

  CHECK(refused.status == 429);
  CHECK(refused.headers.find("Content-Type") == "application/problem+json");
  CHECK(refused.headers.find("Retry-After") == "1");
  CHECK(refused.headers.find("RateLimit-Policy") == "\"address\";q=3;w=3");
  CHECK(refused.headers.find("RateLimit") == "\"address\";r=0;t=1");
  CHECK(json::parse(refused.body)["traceId"].get<std::string>().size() == 32);
  CHECK(stage.get("/nowhere").status == 429);
  CHECK(stage.get("/mirror/special/literal", "Authorization: Basic x\r\n").status == 429);  // before it is asked who
  CHECK(stage.get("/healthz").status == 200);  // who watches the gateway is not counted
  CHECK(status_after(stage, 429, "/mirror/special/literal", "") == 200);
}

TEST_CASE("a caller and a route have rates of their own, and nobody takes another's") {
  Stage stage(limited({.per_caller = {.per_minute = 60, .burst = 5}}), gallery());
  const auto status = [&](const std::string& target, const std::string& who) {
    return stage.get(target, who.empty() ? "" : caller(who)).status;
  };

  CHECK(status("/tills/a", "alice") == 200);
  CHECK(status("/tills/b", "alice") == 200);
  const auto third = stage.get("/tills/a", caller("alice"));
  CHECK(third.status == 429);
  CHECK(third.headers.find("RateLimit-Policy") == "\"route\";q=2;w=2");
  CHECK(status("/tills/a", "bob") == 200);
  CHECK(status("/tills/a", "") == 200);  // an address is a caller, too
  CHECK(status("/tills/a", "") == 200);
  CHECK(status("/tills/a", "") == 429);
  int others = 0;
  while (status("/mirror/special/literal", "alice") == 200) ++others;
  CHECK(others >= 1);
  CHECK(others <= 3);
  CHECK(status("/mirror/special/literal", "bob") == 200);
  for (int i = 0; i < 10; ++i) CHECK(status("/mirror/special/literal", "") == 200);
}

TEST_CASE("gateways share what a client may send") {
  const gateway::RateLimits limits{.per_address = {.per_minute = 1, .burst = 4}};
  Stage stage(limited(limits));
  gateway::Gateway other(stage.node(), limited(limits));
  other.offer<Mirror>().start();
  http::RawClient client(other.port());
  const auto elsewhere = [&] { return client.ask(http::get("/mirror/special/literal")).status; };

  CHECK(stage.get("/mirror/special/literal").status == 200);
  CHECK(elsewhere() == 200);
  CHECK(stage.get("/mirror/special/literal").status == 200);
  CHECK(elsewhere() == 200);

  CHECK(stage.get("/mirror/special/literal").status == 429);
  CHECK(elsewhere() == 429);
}

TEST_CASE("a gateway that cannot reach the actors that count keeps to the limit by itself") {
  testing::ScratchDirectory directory;
  Node node(NodeConfig{.name = "n", .data_dir = directory / "data", .threads = 2, .admin = false});
  host_bazaar(node);
  node.start();
  gateway::Gateway gateway(node, limited({.per_address = {.per_minute = 1, .burst = 3}}));
  gateway.offer<Mirror>().start();
  http::RawClient client(gateway.port());
  const auto status = [&] { return client.ask(http::get("/mirror/special/literal")).status; };

  for (int i = 0; i < 3; ++i) CHECK(status() == 200);
  CHECK(status() == 429);
}

TEST_CASE("most requests that are far from their limit ask no actor") {
  Stage stage;
  const auto limiter = std::make_shared<gateway::RateLimiter>(stage.node());
  std::atomic<int> passed{0}, denied{0};
  constexpr int kRequests = 5'000;

  for (int i = 0; i < kRequests; ++i)
    limiter->pass({{"caller", "alice", {.per_minute = 60'000, .burst = 20'000}}},
                  [&](std::optional<gateway::RateLimiter::Denial> denial) { ++(denial ? denied : passed); });

  CHECK(testing::eventually([&] { return passed + denied == kRequests; }));
  CHECK(denied == 0);
  CHECK(limiter->asked() < 40);
}

TEST_CASE("however it is asked, a bucket gives no more than it holds and what comes in meanwhile") {
  std::minstd_rand random(7);
  for (int round = 0; round < 200; ++round) {
    const gateway::RateLimit limit{1 + static_cast<std::uint32_t>(random() % 10'000),
                                   1 + static_cast<std::uint32_t>(random() % 1'000)};
    gateway::RateCell cell;
    const std::int64_t begin = 1'000'000'000;
    std::int64_t now = begin;
    double given = 0;
    for (int i = 0; i < 300; ++i) {
      const auto taken = cell.take(limit, now, 1 + static_cast<std::uint32_t>(random() % 100));
      given += taken.granted;
      CHECK((taken.granted == 0) == (taken.retry_after_ns > 0));
      const double most = limit.burst + static_cast<double>(now - begin) / 6e10 * limit.per_minute * 1.001 + 1;
      REQUIRE(given <= most);
      if (taken.granted == 0) {
        now += taken.retry_after_ns;
        REQUIRE(cell.take(limit, now, 1).granted == 1);
        ++given;
      }
      now += static_cast<std::int64_t>(random() % 1'000'000'000);
    }
  }
}

TEST_CASE(
    "the fastest and the slowest bucket there may be count right, and one that was made smaller waits no longer") {
  gateway::RateCell fast, slow;
  const gateway::RateLimit most{gateway::kMaxPerMinute, gateway::kMaxBurst}, least{1, 1};

  CHECK(fast.take(most, 0, 4'000'000).granted == gateway::kMaxBurst / 4);
  CHECK(slow.take(least, 0, 5).granted == 1);
  CHECK(slow.take(least, 0, 5).retry_after_ns == 60'000'000'000);
  CHECK(slow.take(least, 59'999'999'999, 1).granted == 0);
  CHECK(slow.take(least, 60'000'000'000, 1).granted == 1);
  gateway::RateCell wide;
  for (int i = 0; i < 100; ++i) (void)wide.take({1, 100}, 0, 1);
  CHECK(wide.take({60, 2}, 0, 1).retry_after_ns == 1'000'000'000);
}

TEST_CASE("a network of IPv6 is one client, and an IPv4 address is one in either form") {
  CHECK(gateway::client_of("10.0.0.1") == "10.0.0.1");
  CHECK(gateway::client_of("::ffff:10.0.0.1") == "10.0.0.1");
  CHECK(gateway::client_of("2001:db8::1") == "2001:db8::/64");
  CHECK(gateway::client_of("2001:db8::ffff:ffff:ffff:ffff") == "2001:db8::/64");
  CHECK(gateway::client_of("2001:db8:0:1::1") == "2001:db8:0:1::/64");
  CHECK(gateway::client_of("fe80::1%eth0") == "fe80::/64");
  CHECK(gateway::client_of("") == "");
}

TEST_CASE("a rate that cannot be is refused by its name") {
  Stage stage;
  const auto start = [&](gateway::RateLimits limits) {
    gateway::Gateway gateway(stage.node(), limited(limits));
    gateway.offer<Mirror>();
    try {
      gateway.start();
    } catch (const Error& error) {
      return std::string(error.message());
    }
    return std::string("started");
  };

  CHECK(start({.per_address = {.per_minute = gateway::kMaxPerMinute + 1}}).find("limits.per_address") !=
        std::string::npos);
  CHECK(start({.per_caller = {.per_minute = 1, .burst = gateway::kMaxBurst + 1}}).find("limits.per_caller") !=
        std::string::npos);
  CHECK(start({.per_caller = {.burst = 5}}).find("limits.per_caller") != std::string::npos);
  CHECK(start({.per_address = {gateway::kMaxPerMinute, gateway::kMaxBurst}}) == "started");
}

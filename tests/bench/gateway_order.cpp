#include "gateway_order.h"

#include <auth/jwt.h>
#include <troupe/node.h>

#include <string>
#include <vector>

#include "bench.capnp.troupe.h"
#include "gateway/bearer.h"
#include "gateway/gateway.h"
#include "http_load.h"
#include "http_orders.h"

namespace troupe::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr double kGoalUs = 50'000;
constexpr std::string_view kNote = "To be left with the neighbours at number 12.";

class Ordering final : public PurchaseActor {
  Task<> place(PlaceParams::Reader in, PlaceResults::Builder out) override {
    edit().setBuyer(caller() ? caller()->name : std::string());
    edit().setSku(in.getSku());
    edit().setQuantity(in.getQuantity());
    edit().setNote(in.getNote());
    out.setQuantity(in.getQuantity());
    co_return;
  }
};

class Buying final : public BuyerActor {
  Task<> run(RunParams::Reader in, RunResults::Builder out) override {
    const auto end = Clock::now() + std::chrono::nanoseconds(in.getNanoseconds());
    std::uint64_t orders = 0;
    const std::string prefix = std::string(key()) + "-" + std::to_string(in.getRound()) + "-";
    while (Clock::now() < end) {
      co_await ref<Purchase>(prefix + std::to_string(orders)).place([](auto params) {
        params.setSku("sku-1");
        params.setQuantity(2);
        params.setNote(kNote.data());
      });
      ++orders;
    }
    out.setOrders(orders);
  }
};

double run_buyers(Node& node, std::uint32_t round, std::chrono::nanoseconds time) {
  std::vector<Call<Buyer::RunResults>> runs;
  const auto start = Clock::now();
  for (int i = 0; i < kHttpConnections; ++i) {
    runs.push_back(node.ref<Buyer>("buyer-" + std::to_string(i)).run([&](auto params) {
      params.setNanoseconds(static_cast<std::uint64_t>(time.count()));
      params.setRound(round);
    }));
  }
  double orders = 0;
  for (auto& run : runs) orders += static_cast<double>(std::move(run).get(std::chrono::minutes(10))->getOrders());
  return orders / std::chrono::duration<double>(Clock::now() - start).count();
}

void start_orders(Node& node) {
  node.host<Ordering>().host<Buying>();
  node.start();
}

OrderFigures measure_orders(const Effort& effort, bool at_half_load) {
  Node node({.name = "bench", .data_dir = effort.dir, .threads = 2});
  start_orders(node);
  const auto key = auth::SigningKey::generate(auth::Algorithm::es256);
  const auto verifying = std::make_shared<const auth::VerifyingKey>(key.verifying());
  const auth::TokenCheck check(
      {.issuers = {{"https://issuer.test", [&](std::string_view) { return verifying; }}}, .audience = "shop"});
  const auto now = std::chrono::system_clock::now();
  const std::string token = auth::make_token(key, {.issuer = "https://issuer.test",
                                                   .subject = "ann",
                                                   .audience = {"shop"},
                                                   .expires = auth::moment_of(now) + std::chrono::hours(24),
                                                   .not_before = {},
                                                   .issued = auth::moment_of(now),
                                                   .scope = {},
                                                   .roles = {},
                                                   .id = "AAAAAAAAAAAAAAAAAAAAAA",
                                                   .client = "app"});
  gateway::GatewayOptions options;
  options.server.threads = 1;
  options.authenticate = gateway::bearer([&](std::string_view sent) -> Result<Caller> {
    auto claims = check.check(sent, std::chrono::system_clock::now());
    if (!claims.ok()) return claims.error();
    return Caller{.name = (*claims)->subject};
  });
  gateway::Gateway gateway(node, std::move(options));
  gateway.offer<Purchase>();
  gateway.start();
  return http_orders(gateway.port(), token, effort.time, at_half_load);
}

}  // namespace

double gateway_orders(const Effort& effort) { return measure_orders(effort, false).per_second; }

double order_calls(const Effort& effort) {
  Node node({.name = "bench", .data_dir = effort.dir, .threads = 2});
  start_orders(node);
  run_buyers(node, 0, effort.time / 10);
  return run_buyers(node, 1, effort.time);
}

double gateway_order_p99_us(const Effort& effort) { return measure_orders(effort, true).p99_us; }
double gateway_order_p99_goal_us(const Effort&) { return kGoalUs; }

}  // namespace troupe::bench

// A shop as its configuration says: stores under a key, and the events of orders in NATS JetStream.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <troupe/link_secret.h>
#include <troupe/offline.h>
#include <troupe/testing.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "actors.h"
#include "audit/books.h"
#include "config/shop_config.h"
#include "events/order_events.h"
#include "scenario/opening.h"
#include "story/shopper.h"
#include "support/nats_server.h"

namespace {

using namespace std::chrono_literals;
using BackEnd = demo::OrdersTopic::BackEnd;

bool in_a_minute(const std::function<bool()>& holds) { return troupe::testing::eventually(holds, 60s); }

TEST_CASE("an address that can never be a NATS server's is named with its line") {
  const std::string text =
      "[[nodes]]\nname = 'a'\nport = 7001\n[client]\nport = 7009\n"
      "[orders_topic]\nback_end = 'jetstream'\nurl = 'http://127.0.0.1'\n";
  try {
    (void)demo::parse_config(text, "etc/shop.toml");
    FAIL("it was taken");
  } catch (const demo::ConfigError& e) {
    CHECK(std::string(e.what()).find("etc/shop.toml:8: [orders_topic]: topics cannot lie at the NATS server") == 0);
  }
}

TEST_CASE("a shop with encrypted stores and its events in JetStream keeps its books, also while the server is away") {
  troupe::testing::NatsServer server;
  const troupe::testing::ScratchDirectory dir;
  auto made = demo::listed_config(1, dir.path());
  made.encryption.file = dir / "shop.keys";
  made.orders_topic.back_end = BackEnd::jetstream;
  made.orders_topic.url = server.url();
  made.orders_topic.prefix = "tea-shop";
  std::ofstream(made.encryption.file) << "7:" << std::string(64, 'a') << "\n";
  std::filesystem::permissions(made.encryption.file, std::filesystem::perms::owner_read);
  demo::write_config(made, dir / "shop.toml");

  const auto config = demo::load_config(dir / "shop.toml");
  REQUIRE(config.orders_topic.prefix == "tea-shop");
  troupe::make_link_secret(config.link_secret);
  auto how = demo::node_config(config, config.nodes[0], {});
  how.delivery.max_backoff = 200ms;
  {
    troupe::Node node(how);
    demo::host_shop(node, demo::order_log(config.orders_topic));
    node.start();
    demo::prepare_shop(node, 30s);
    demo::testing::open(node);
    demo::Shopper anna(node, "anna", {});
    const auto order = [&](const std::string& id) {
      anna.put("tea", 3);
      (void)anna.check_out(id, "home");
      return anna.place(id).status;
    };
    const auto waiting = [&] {
      return nlohmann::json::parse(node.admin("GET", "/outbox", "").second)["totals"]["waiting"].get<int>();
    };
    const auto balanced = [&] { return demo::mismatches(demo::collect(node)).empty(); };

    CHECK(order("o-1") == shop::OrderStatus::CONFIRMED);
    CHECK(in_a_minute(balanced));

    server.kill();
    CHECK(order("o-2") == shop::OrderStatus::CONFIRMED);
    CHECK(waiting() > 0);  // nobody hears of it yet
    server.start();

    CHECK(in_a_minute([&] { return waiting() == 0; }));
    CHECK(in_a_minute(balanced));
  }
  const auto place = config.nodes[0].data_dir;
  const auto locked = troupe::OfflineStore::open(place);
  CHECK(!locked.ok());
  if (!locked.ok()) CHECK(locked.error().kind() == troupe::ErrorKind::invalid);
  CHECK(troupe::OfflineStore::open(place, config.encryption).ok());
}

}  // namespace

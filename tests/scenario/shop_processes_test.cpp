// The processes of a shop: their ports, and how they are supervised.
#include <doctest/doctest.h>

#include <algorithm>

#include "nodes/free_port.h"
#include "nodes/shop_tree.h"

namespace {

using namespace std::chrono_literals;

TEST_CASE("a shop's tree has its nodes in order, each restarted alone and given the time it needs to stop") {
  auto config = demo::local_config(2, "/somewhere");
  config.file = "/somewhere/shop.toml";
  config.stop_deadline = 7s;

  const auto options = demo::shop_tree(config, "/somewhere/logs");

  CHECK(options.log_dir == "/somewhere/logs");
  CHECK(options.tree.strategy == troupe::Strategy::one_for_one);
  REQUIRE(options.tree.children.size() == 2);
  const auto& child = options.tree.children[1];
  const auto& start = std::get<troupe::ProcessStart>(child.start);
  CHECK(child.id == "shop-2");
  CHECK(child.shutdown->deadline > config.stop_deadline);
  CHECK(start.ready == "node shop-2 is ready");
  CHECK(std::vector<std::string>(start.command.begin() + 1, start.command.end()) ==
        std::vector<std::string>{"run", "--config", "/somewhere/shop.toml", "--node", "shop-2"});
  CHECK(troupe::check(options.tree).ok());
}

TEST_CASE("ports that are given out are free and differ") {
  const auto ports = demo::free_ports(8);

  for (const auto port : ports) {
    CHECK(demo::is_free("127.0.0.1", port));
    CHECK(std::count(ports.begin(), ports.end(), port) == 1);
  }
}

}  // namespace

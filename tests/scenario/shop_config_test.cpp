// A configuration that is wrong says where, and what would be right.
#include <doctest/doctest.h>

#include <fstream>

#include "config/shop_config.h"
#include "support/scratch_directory.h"

namespace {

const std::string kNodes = "[[nodes]]\nname = 'a'\nport = 7001\n[client]\nport = 7009\n";

std::string error_of(const std::string& text) {
  try {
    (void)demo::parse_config(text, "etc/shop.toml");
  } catch (const demo::ConfigError& e) {
    return e.what();
  }
  return "no error";
}

TEST_CASE("a small configuration is filled with defaults") {
  const auto config = demo::parse_config(kNodes, "etc/shop.toml");

  CHECK(config.cluster == "shop");
  REQUIRE(config.nodes.size() == 1);
  CHECK(config.nodes[0].host == "127.0.0.1");
  CHECK(config.nodes[0].data_dir == "etc/shop-data/a");
  CHECK(config.client.port == 7009);
}

TEST_CASE("the example that is shipped is read, and its nodes find each other by a coordinator of files") {
  const auto config = demo::load_config(SHOP_EXAMPLE_CONFIG);

  REQUIRE(config.join.has_value());
  CHECK(config.join->coordinator.kind == troupe::CoordinatorKind::file);
  CHECK(config.join->coordinator.directory == config.file.parent_path() / "shop-data/coordinator");
  CHECK(config.call_timeout == std::chrono::seconds(10));
}

TEST_CASE("an unknown key is named with its file and line and the keys there are") {
  const auto top = error_of("cluster = 'x'\ncall_timeout = 3\n" + kNodes);
  const auto inner = error_of("[[nodes]]\nname = 'a'\nprot = 7001\n[client]\nport = 7009\n");

  CHECK(top.find("etc/shop.toml:2: unknown key 'call_timeout'; known here: cluster, data_dir, link_secret, "
                 "call_timeout_ms,") == 0);
  CHECK(inner.find("etc/shop.toml:") == 0);
  CHECK(inner.find("[[nodes]]: key 'port' is missing") != std::string::npos);
}

TEST_CASE("an unknown key of a node is named with its line") {
  const auto error = error_of("[[nodes]]\nname = 'a'\nport = 7001\ncolour = 'red'\n[client]\nport = 7009\n");

  CHECK(error == "etc/shop.toml:4: [[nodes]]: unknown key 'colour'; known here: name, host, port, data_dir");
}

TEST_CASE("a value of the wrong type or out of range is named with its line") {
  CHECK(error_of("threads = 'two'\n" + kNodes) == "etc/shop.toml:1: 'threads' must be a whole number from 0 to 1024");
  CHECK(error_of("\ncall_timeout_ms = 0\n" + kNodes) ==
        "etc/shop.toml:2: 'call_timeout_ms' must be a whole number from 1 to 86400000");
  CHECK(error_of("[[nodes]]\nname = 'a'\nport = 70000\n[client]\nport = 1\n") ==
        "etc/shop.toml:3: [[nodes]]: 'port' must be a whole number from 1 to 65535");
  CHECK(error_of("log_level = 'loud'\n" + kNodes).find("etc/shop.toml:1: 'log_level' is debug, info") == 0);
  CHECK(error_of("nodes = 3\n").find("etc/shop.toml:1: 'nodes' must be a list of tables") == 0);
  CHECK(
      error_of("[[nodes]]\nname = '../a'\nport = 1\n[client]\nport = 2\n").find("etc/shop.toml:2: [[nodes]]: 'name'") ==
      0);
}

TEST_CASE("how a node serves RPC is read, and what is wrong with it has its line") {
  const auto config = demo::parse_config(kNodes + "[rpc]\nport = 7700\ncount_up = true\n", "etc/shop.toml");

  REQUIRE(config.rpc.has_value());
  CHECK(config.rpc->address == "127.0.0.1");
  CHECK(config.rpc->port_of("shop-1") == 7700);
  CHECK(config.rpc->port_of("shop-3") == 7702);
  CHECK(demo::rpc_config_text(*config.rpc) == "\n[rpc]\naddress = \"127.0.0.1\"\nport = 7700\ncount_up = true\n");
  CHECK_FALSE(demo::parse_config(kNodes, "etc/shop.toml").rpc.has_value());
  CHECK(error_of("[rpc]\nport = 70000\n" + kNodes) ==
        "etc/shop.toml:2: [rpc]: 'port' must be a whole number from 0 to 65535");
  CHECK(error_of("[rpc]\ncertificate = 'a.pem'\n" + kNodes).find("TLS wants 'certificate' and 'key'") !=
        std::string::npos);
}

TEST_CASE("what a node supervises is read, and what is wrong with it has its line") {
  const std::string child = "[supervision]\n[[supervision.children]]\nid = 'stock'\n";
  const auto config = demo::parse_config(kNodes + child + "service = 'Stock'\n", "etc/shop.toml");

  REQUIRE(config.supervision.has_value());
  CHECK(config.supervision->children.size() == 1);
  CHECK(error_of(kNodes + child + "actor = 'Stock'\n") ==
        "etc/shop.toml:9: child 'stock' of [supervision]: 'actor' is SERVICE/KEY, not 'Stock'");
}

TEST_CASE("members that get in each other's way are refused") {
  CHECK(error_of(kNodes + "[[nodes]]\nname = 'a'\nport = 7002\n").find("two members are called 'a'") !=
        std::string::npos);
  CHECK(error_of(kNodes + "[[nodes]]\nname = 'b'\nport = 7001\n").find("a and b both listen on 127.0.0.1:7001") !=
        std::string::npos);
  CHECK(
      error_of(kNodes + "[[nodes]]\nname = 'b'\nport = 7002\ndata_dir = 'shop-data/a'\n").find("keep their data in") !=
      std::string::npos);
}

TEST_CASE("a shop without nodes is one that they join; a list without any, and text that is no TOML, are errors") {
  const auto config = demo::parse_config("", "etc/shop.toml");
  const auto node = config.node("shop-4");
  const auto settings = demo::node_config(config, node, {});

  CHECK(node.data_dir == "etc/shop-data/shop-4");
  CHECK(settings.members.empty());
  CHECK(settings.join.coordinator.directory == "etc/shop-data/coordinator");
  CHECK_FALSE(settings.join.client);
  CHECK(demo::client_config(config, {}).join.client);
  CHECK_THROWS_AS((void)config.node("../a"), demo::ConfigError);
  CHECK_THROWS_AS((void)config.node("client"), demo::ConfigError);
  CHECK(error_of("[join]\nkind = 'static'\n").find("key 'nodes' is missing") != std::string::npos);
  CHECK(error_of("cluster = 'x'\nthreads = = 2\n").find("etc/shop.toml:2: ") == 0);
}

TEST_CASE("an unknown node is answered with the nodes there are") {
  const auto config = demo::parse_config(kNodes, "etc/shop.toml");

  CHECK_THROWS_WITH_AS((void)config.node("b"), "etc/shop.toml: there is no node 'b'; there are a", demo::ConfigError);
}

TEST_CASE("how a shop's nodes join is read as a node's own, and excludes a list") {
  const auto config = demo::parse_config("data_dir = 'd'\n[join]\nkind = 'file'\nweight = 5\n", "etc/shop.toml");
  const auto etcd = demo::parse_config("[join]\nkind = 'etcd'\nendpoints = ['e']\nprefix = 'p'\n", "etc/shop.toml");

  CHECK(config.join->weight == 5);
  CHECK(config.join->coordinator.directory == "etc/d/coordinator");
  CHECK(etcd.join->coordinator.directory.empty());
  CHECK(demo::parse_config("[join]\nkind = 'static'\n" + kNodes, "etc/shop.toml").nodes.size() == 1);
  CHECK(error_of("[join]\nkind = 'file'\n" + kNodes).find("leave one of them out") != std::string::npos);
  CHECK(error_of("[join]\nkind = 'file'\nclient = true\n").find("etc/shop.toml:3: [join]: nodes own actors") == 0);
  CHECK(error_of("[join]\nkind = 'file'\nwait = 1\n").find("etc/shop.toml:3: [join]: unknown key 'wait'") == 0);
}

TEST_CASE("a configuration with a coordinator that was written is read back") {
  const troupe::testing::ScratchDirectory dir;
  demo::write_config(demo::local_config(3, dir.path()), dir / "shop.toml");

  const auto read = demo::load_config(dir / "shop.toml");

  CHECK(read.nodes.empty());
  CHECK(read.join->coordinator.directory == dir / "coordinator");
  CHECK(read.node("shop-3").data_dir == dir / "shop-3");
  CHECK(read.client.data_dir == dir / "client");
}

TEST_CASE("a list of members that was written is read back") {
  const troupe::testing::ScratchDirectory dir;
  const auto written = demo::listed_config(3, dir.path());
  demo::write_config(written, dir / "shop.toml");

  const auto read = demo::load_config(dir / "shop.toml");

  REQUIRE(read.nodes.size() == 3);
  CHECK(read.nodes[2].name == "shop-3");
  CHECK(read.nodes[2].port == written.nodes[2].port);
  CHECK(read.nodes[2].data_dir == written.nodes[2].data_dir);
  CHECK(read.client.port == written.client.port);
  CHECK(read.link_secret == written.link_secret);
}

TEST_CASE("members of a shop prove a secret, which lies beside their data if nothing else is said") {
  const auto silent = demo::parse_config(kNodes, "etc/shop.toml");
  const auto named = demo::parse_config("link_secret = 'keys/links'\n" + kNodes, "etc/shop.toml");

  CHECK(demo::node_config(silent, silent.nodes[0], {}).link_secret == "etc/shop-data/link.secret");
  CHECK(demo::client_config(named, {}).link_secret == "etc/keys/links");
}

TEST_CASE("certificates for links are named once for all nodes and the client, and written with the rest") {
  const troupe::testing::ScratchDirectory dir;
  auto written = demo::listed_config(1, dir.path());
  written.tls = dir / "tls";
  demo::write_config(written, dir / "shop.toml");
  const auto read = demo::load_config(dir / "shop.toml");

  CHECK(demo::node_config(read, read.nodes[0], {}).tls.directory == dir / "tls");
  CHECK(demo::client_config(demo::parse_config("tls = 'keys'\n" + kNodes, "etc/shop.toml"), {}).tls.directory ==
        "etc/keys");
  CHECK(!demo::client_config(demo::parse_config(kNodes, "etc/shop.toml"), {}).tls.named());
}

TEST_CASE("keys of encrypted stores come from a file or from a variable, and reach every node and the client") {
  const auto file = demo::parse_config(kNodes + "[encryption]\nfile = 'shop.keys'\n", "etc/shop.toml");
  const auto variable = demo::parse_config(kNodes + "[encryption]\nenvironment = 'SHOP_KEYS'\n", "etc/shop.toml");

  CHECK(file.encryption.file == "etc/shop.keys");
  CHECK(demo::node_config(file, file.nodes[0], {}).encryption_keys.file == "etc/shop.keys");
  CHECK(demo::client_config(variable, {}).encryption_keys.environment == "SHOP_KEYS");
  CHECK_FALSE(demo::parse_config(kNodes, "etc/shop.toml").encryption.named());
}

TEST_CASE("keys that come from two places, or from none, are refused") {
  CHECK(error_of(kNodes + "[encryption]\nfile = 'a'\nenvironment = 'B'\n") ==
        "etc/shop.toml:8: [encryption]: keys come from 'file' or from 'environment', not from both");
  CHECK(error_of(kNodes + "[encryption]\n").find("say where the keys are, 'file' or 'environment'") !=
        std::string::npos);
  CHECK(error_of(kNodes + "[encryption]\nkey = '00'\n") ==
        "etc/shop.toml:7: [encryption]: unknown key 'key'; known here: file, environment");
}

TEST_CASE("events of orders lie in tables unless another place is named, and what is wrong with it is told") {
  using BackEnd = demo::OrdersTopic::BackEnd;
  CHECK(demo::parse_config(kNodes, "etc/shop.toml").orders_topic.back_end == BackEnd::table);
  CHECK(demo::parse_config(kNodes + "[orders_topic]\nback_end = 'table'\n", "f").orders_topic.back_end ==
        BackEnd::table);
  CHECK(error_of(kNodes + "[orders_topic]\nback_end = 'kafka'\n") ==
        "etc/shop.toml:7: [orders_topic]: 'back_end' is table or jetstream, not 'kafka'");
  CHECK(error_of(kNodes + "[orders_topic]\nurl = 'nats://127.0.0.1:4222'\n") ==
        "etc/shop.toml:7: [orders_topic]: 'url' is of back_end = \"jetstream\"");
  CHECK(error_of(kNodes + "[orders_topic]\nback_end = 'jetstream'\n") ==
        "etc/shop.toml:6: [orders_topic]: key 'url' is missing");
  CHECK(error_of(kNodes + "[orders_topic]\nback_end = 'jetstream'\nurl = 'nats://h'\nreplicas = 9\n") ==
        "etc/shop.toml:9: [orders_topic]: 'replicas' must be a whole number from 1 to 5");
}

}  // namespace

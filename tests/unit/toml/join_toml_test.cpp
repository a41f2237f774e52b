// How a node joins its cluster, in TOML: every key, and what is wrong said with its line.
#include <doctest/doctest.h>
#include <stdlib.h>
#include <troupe/testing.h>
#include <troupe/toml.h>

#include <fstream>
#include <string>
#include <string_view>

#include "reading.h"

using namespace troupe;
using namespace troupe::testing;
using namespace std::chrono_literals;

TEST_CASE("how a node joins is read with every key, and what is not there keeps its default") {
  const JoinConfig etcd = parse(R"(
[node]
[node.join]
kind = "etcd"
endpoints = ["https://10.0.0.1:2379", "https://10.0.0.2"]
prefix = "troupe/shop"
ca_file = "tls/ca.pem"
certificate_file = "tls/own.pem"
key_file = "/keys/own.key"
user = "shop"
password_file = "secret"
host = "10.0.0.7"
port = 7401
client = true
weight = 10000
zone = "east"
labels = { rack = "7", disk = "fast" }
session_ttl_ms = 2000
timeout_ms = 3000
drain_ms = 0
rebalance = false
moves = 16
move_bytes_per_second = 9223372036854775807
held_back = true
)")
                              .join;
  const JoinConfig file = parse("[node]\n[node.join]\nkind = 'file'\ndirectory = 'run/cluster'\nweight = 0\n").join;
  const JoinConfig listed = parse("[node]\n[node.join]\nkind = 'static'\n").join;

  CHECK(etcd.coordinator.kind == CoordinatorKind::etcd);
  CHECK(etcd.coordinator.endpoints == std::vector<std::string>{"https://10.0.0.1:2379", "https://10.0.0.2"});
  CHECK(etcd.coordinator.prefix == "troupe/shop");
  CHECK(etcd.coordinator.ca_file == "/etc/tls/ca.pem");
  CHECK(etcd.coordinator.certificate_file == "/etc/tls/own.pem");
  CHECK(etcd.coordinator.key_file == "/keys/own.key");
  CHECK(etcd.coordinator.user == "shop");
  CHECK(etcd.coordinator.password_file == "/etc/secret");
  CHECK(etcd.host == "10.0.0.7");
  CHECK(etcd.port == 7401);
  CHECK(etcd.client);
  CHECK(etcd.weight == 10000);
  CHECK(etcd.zone == "east");
  CHECK(etcd.labels == std::map<std::string, std::string>{{"disk", "fast"}, {"rack", "7"}});
  CHECK(etcd.session_ttl == 2s);
  CHECK(etcd.timeout == 3s);
  CHECK(etcd.drain == 0ms);
  CHECK_FALSE(etcd.rebalance);
  CHECK(etcd.moves == 16);
  CHECK(etcd.move_bytes_per_second == 9'223'372'036'854'775'807U);
  CHECK(etcd.held_back);
  CHECK(file.coordinator.kind == CoordinatorKind::file);
  CHECK(file.coordinator.directory == "/etc/run/cluster");
  CHECK(file.weight == 0);
  CHECK(file.host == JoinConfig{}.host);
  CHECK(file.session_ttl == JoinConfig{}.session_ttl);
  CHECK(file.timeout == JoinConfig{}.timeout);
  CHECK(file.drain == JoinConfig{}.drain);
  CHECK(file.rebalance);
  CHECK(file.moves == JoinConfig{}.moves);
  CHECK(file.move_bytes_per_second == 0);
  CHECK_FALSE(file.held_back);
  CHECK_FALSE(file.client);
  CHECK(listed.coordinator.kind == CoordinatorKind::none);
}

TEST_CASE("a coordinator of files without a directory is the one that the environment names") {
  ::setenv(kCoordinatorVariable, "/run/coordinator", 1);
  const JoinConfig named = parse("[node]\n[node.join]\nkind = 'file'\n").join;
  const JoinConfig own = parse("[node]\n[node.join]\nkind = 'file'\ndirectory = '/run/own'\n").join;
  ::setenv(kCoordinatorVariable, "", 1);
  const std::string none = error_of("[node]\n[node.join]\nkind = 'file'\n");
  ::unsetenv(kCoordinatorVariable);

  CHECK(named.coordinator.directory == "/run/coordinator");
  CHECK(own.coordinator.directory == "/run/own");
  CHECK(none.find("key 'directory' is missing") != std::string::npos);
}

TEST_CASE("a table [join] of a program's own file has the keys of [node.join], over defaults") {
  const toml::table table = toml::parse("kind = 'file'\nweight = 7\n");
  JoinConfig defaults;
  defaults.coordinator.directory = "/run/default";
  defaults.port = 7401;

  const JoinConfig join = join_config_from_toml(table, "/etc/shop.toml", defaults);

  CHECK(join.coordinator.kind == CoordinatorKind::file);
  CHECK(join.coordinator.directory == "/run/default");
  CHECK(join.weight == 7);
  CHECK(join.port == 7401);
  CHECK_THROWS_AS((void)join_config_from_toml(toml::parse("kind = 'file'\nwait = 1\n"), "/etc/shop.toml", defaults),
                  Error);
}

TEST_CASE("a node whose file says how it joins is a member of that cluster") {
  const testing::ScratchDirectory directory;
  const auto file = directory / "node.toml";
  std::ofstream(file) << "[node]\nname = 'one'\ncluster = 'shop'\ndata_dir = 'one'\n"
                         "[node.join]\nkind = 'file'\ndirectory = 'coordinator'\nzone = 'east'\nweight = 7\n";

  Node node(read_node_file(file).config);
  node.start();
  const auto [status, told] = node.admin("GET", "/members", "");

  CHECK(status == 200);
  CHECK(told.find("\"joined\":true") != std::string::npos);
  CHECK(told.find("\"zone\":\"east\"") != std::string::npos);
  CHECK(told.find("\"weight\":7") != std::string::npos);
  CHECK(std::filesystem::exists(directory / "coordinator"));
}

TEST_CASE("what is wrong with how a node joins is said with its line, and keys of another coordinator are refused") {
  const auto wrong = [](const std::string& text) { return error_of("[node]\n[node.join]\n" + text); };
  const std::string at = "invalid: /etc/node.toml:";
  const std::string etcd = "kind = 'etcd'\nendpoints = ['a']\nprefix = 'p'\n";
  const std::string file = "kind = 'file'\ndirectory = 'd'\n";

  CHECK(wrong("host = 'a'\n") == at + "2: [node.join]: key 'kind' is missing");
  CHECK(wrong("kind = 'zookeeper'\n") == at + "3: [node.join]: 'kind' is one of static, file, etcd, not 'zookeeper'");
  CHECK(wrong("kind = 'file'\n") == at + "2: [node.join]: key 'directory' is missing");
  CHECK(wrong("kind = 'etcd'\nprefix = 'p'\n") == at + "2: [node.join]: key 'endpoints' is missing");
  CHECK(wrong("kind = 'etcd'\nendpoints = ['a']\n") == at + "2: [node.join]: key 'prefix' is missing");
  CHECK(wrong("kind = 'etcd'\nendpoints = []\n").starts_with(at + "4: [node.join]: 'endpoints' must be a list"));
  CHECK(wrong(etcd + "directory = 'd'\n") ==
        at + "6: [node.join]: 'directory' is for kind \"file\", and 'kind' is \"etcd\"");
  for (const char* key : {"prefix", "user", "ca_file", "certificate_file", "key_file", "password_file"})
    CHECK(wrong(file + key + " = 'x'\n") ==
          at + "5: [node.join]: '" + key + "' is for kind \"etcd\", and 'kind' is \"file\"");
  CHECK(wrong(file + "wait = 3\n").starts_with(at + "5: [node.join]: unknown key 'wait'; known here: kind, "));
  CHECK(wrong(file + "port = 65536\n") == at + "5: [node.join]: 'port' must be a whole number from 0 to 65535");
  CHECK(wrong(file + "weight = 10001\n") == at + "5: [node.join]: 'weight' must be a whole number from 0 to 10000");
  CHECK(wrong(file + "session_ttl_ms = 0\n").starts_with(at + "5: [node.join]: 'session_ttl_ms' must be a whole"));
  CHECK(wrong(file + "drain_ms = -1\n").starts_with(at + "5: [node.join]: 'drain_ms' must be a whole"));
  CHECK(wrong(file + "labels = 'fast'\n").starts_with(at + "5: [node.join]: 'labels' must be a table of texts"));
  CHECK(wrong(file + "rebalance = 1\n") == at + "5: [node.join]: 'rebalance' must be true or false");
}

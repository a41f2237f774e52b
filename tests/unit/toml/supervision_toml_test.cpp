// A supervision tree in TOML: every key, and what is wrong said with its line and its child.
#include <doctest/doctest.h>
#include <troupe/toml.h>
#include <troupe/toml_keys.h>

#include <string>
#include <string_view>

using namespace troupe;
using namespace std::chrono_literals;

namespace {

Supervision tree_of(const std::string& text) {
  const toml::table root = toml::parse(text, std::string_view("node.toml"));
  return supervision_from_toml(*root["supervision"].as_table(), "node.toml");
}
std::string tree_error_of(const std::string& text) {
  try {
    (void)tree_of(text);
  } catch (const Error& e) {
    return e.message();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a tree is read with every key, and nested") {
  const Supervision tree = tree_of(R"(
[supervision]
strategy = "rest_for_one"
restarts = 3
within_ms = 10000
backoff_ms = 50
max_backoff_ms = 1000
auto_shutdown = "any_significant"

[[supervision.children]]
id = "feed"
actor = "Feed/eu/main"
restart = "transient"
shutdown_ms = 2000
significant = true

[[supervision.children]]
id = "workers"
shutdown = "kill"
[supervision.children.supervisor]
strategy = "one_for_all"
[[supervision.children.supervisor.children]]
id = "w1"
actor = "Worker/w1"
shutdown = "unlimited"
[[supervision.children.supervisor.children]]
id = "w2"
actor = "Worker/w2"
restart = "temporary"

[[supervision.children]]
id = "carts"
service = "Cart"
crashes = 100
within_ms = 60000
)");

  CHECK(tree.strategy == Strategy::rest_for_one);
  CHECK(tree.intensity.restarts == 3);
  CHECK(tree.intensity.within == 10s);
  CHECK(tree.backoff.first == 50ms);
  CHECK(tree.backoff.most == 1s);
  CHECK(tree.auto_shutdown == AutoShutdown::any_significant);
  REQUIRE(tree.children.size() == 3);
  const ChildSpec& feed = tree.children[0];
  CHECK(feed.id == "feed");
  CHECK(std::get<ActorStart>(feed.start).service == "Feed");
  CHECK(std::get<ActorStart>(feed.start).key == "eu/main");
  CHECK(feed.restart == Restart::transient);
  CHECK(feed.shutdown->how == Shutdown::How::deadline);
  CHECK(feed.shutdown->deadline == 2s);
  CHECK(feed.significant);
  const auto& workers = std::get<Supervision>(tree.children[1].start);
  CHECK(tree.children[1].shutdown->how == Shutdown::How::kill);
  CHECK(workers.strategy == Strategy::one_for_all);
  REQUIRE(workers.children.size() == 2);
  CHECK(workers.children[0].shutdown->how == Shutdown::How::unlimited);
  CHECK(workers.children[1].restart == Restart::temporary);
  const auto& carts = std::get<ServiceStart>(tree.children[2].start);
  CHECK(carts.service == "Cart");
  CHECK(carts.intensity->restarts == 100);
  CHECK(carts.intensity->within == 60s);
}

TEST_CASE("a process is read with every key") {
  const Supervision tree = tree_of(R"(
[[supervision.children]]
id = "a"
process = ["bin/shop", "run", "--node", "a"]
directory = "var"
environment = { SHOP_KEYS = "k", EMPTY = "" }
ready = "node a is ready"
ready_within_ms = 5000

[[supervision.children]]
id = "b"
process = ["sleep"]
)");

  const auto& a = std::get<ProcessStart>(tree.children[0].start);
  CHECK(a.command == std::vector<std::string>{"bin/shop", "run", "--node", "a"});
  CHECK(a.directory == "var");
  CHECK(a.environment == std::map<std::string, std::string>{{"EMPTY", ""}, {"SHOP_KEYS", "k"}});
  CHECK(a.ready == "node a is ready");
  CHECK(a.ready_within == 5s);
  const auto& b = std::get<ProcessStart>(tree.children[1].start);
  CHECK(b.directory.empty());
  CHECK(b.ready.empty());
  CHECK(b.ready_within == 30s);
}

TEST_CASE("what is left out has its default") {
  const Supervision tree = tree_of("[supervision]\n[[supervision.children]]\nid = 'a'\nactor = 'A/a'\n");

  CHECK(tree.strategy == Strategy::one_for_one);
  CHECK(tree.intensity.restarts == 1);
  CHECK(tree.intensity.within == 5s);
  CHECK(tree.children[0].restart == Restart::permanent);
  CHECK_FALSE(tree.children[0].shutdown.has_value());
}

TEST_CASE("what is wrong is said with file, line and child") {
  const std::string child = "[supervision]\n[[supervision.children]]\nid = 'a'\n";
  CHECK(tree_error_of("[supervision]\nstrategy = 'some'\n") ==
        "node.toml:2: [supervision]: 'strategy' is one of one_for_one, one_for_all, rest_for_one, not 'some'");
  CHECK(tree_error_of("[supervision]\nrestart = 3\n")
            .find("node.toml:2: [supervision]: unknown key 'restart'; known here: strategy") == 0);
  CHECK(tree_error_of("[supervision]\nrestarts = -1\n") ==
        "node.toml:2: [supervision]: 'restarts' must be a whole number from 0 to 1000000");
  CHECK(tree_error_of("[supervision]\nchildren = 3\n")
            .find("node.toml:2: [supervision]: 'children' must be a list of tables") == 0);
  CHECK(tree_error_of("[supervision]\n[[supervision.children]]\nactor = 'A/a'\n") ==
        "node.toml:2: a child of [supervision]: key 'id' is missing");
  CHECK(
      tree_error_of(child) ==
      "node.toml:2: child 'a' of [supervision]: one of 'actor', 'service', 'process' and 'supervisor' says what it is");
  CHECK(tree_error_of(child + "actor = 'A/a'\nservice = 'A'\n").find("one of 'actor'") != std::string::npos);
  CHECK(tree_error_of(child + "actor = 'A'\n") ==
        "node.toml:4: child 'a' of [supervision]: 'actor' is SERVICE/KEY, not 'A'");
  CHECK(tree_error_of(child + "actor = 'A/a'\nshutdown = 'soon'\n") ==
        "node.toml:5: child 'a' of [supervision]: 'shutdown' is kill or unlimited, not 'soon'; a deadline is "
        "'shutdown_ms'");
  CHECK(tree_error_of(child + "actor = 'A/a'\nshutdown = 'kill'\nshutdown_ms = 3\n").find("and one is meant") !=
        std::string::npos);
  CHECK(tree_error_of(child + "actor = 'A/a'\nsignificant = 1\n") ==
        "node.toml:5: child 'a' of [supervision]: 'significant' must be true or false");
  CHECK(tree_error_of(child + "service = 'A'\nwithin_ms = 10\n") ==
        "node.toml:5: child 'a' of [supervision]: 'within_ms' without 'crashes'");
  CHECK(tree_error_of(child + "process = []\n") ==
        "node.toml:4: child 'a' of [supervision]: 'process' must be a list of texts in quotes, not empty");
  CHECK(tree_error_of(child + "process = 'sleep 1'\n")
            .find("node.toml:4: child 'a' of [supervision]: 'process' must be") == 0);
  CHECK(tree_error_of(child + "process = ['sleep',\n 1]\n") ==
        "node.toml:5: child 'a' of [supervision]: 'process' has something that is no text in quotes");
  CHECK(tree_error_of(child + "process = ['']\n").find("node.toml:4: child 'a' of [supervision]: 'process' begins") ==
        0);
  CHECK(
      tree_error_of(child + "process = ['a']\nready = ''\n").find("node.toml:5: child 'a' of [supervision]: 'ready'") ==
      0);
  CHECK(tree_error_of(child + "process = ['a']\nready_within_ms = 5\n") ==
        "node.toml:5: child 'a' of [supervision]: 'ready_within_ms' without 'ready'");
  CHECK(tree_error_of(child + "process = ['a']\nenvironment = { A = 1 }\n") ==
        "node.toml:5: child 'a' of [supervision]: 'A' of 'environment' must be a text in quotes");
  CHECK(tree_error_of(child + "actor = 'A/a'\nready = 'x'\n")
            .find("node.toml:5: child 'a' of [supervision]: unknown key") == 0);
  CHECK(tree_error_of(
            "[supervision]\n[[supervision.children]]\nid = 's'\n[supervision.children.supervisor]\nstrategy = 'x'\n")
            .find("node.toml:5: supervisor s: 'strategy' is one of") == 0);
}

TEST_CASE("a number past its range is refused, and the message says the range") {
  const std::string longest = std::to_string(TomlKeys::kLongest.count());
  const std::string child = "[[supervision.children]]\nid = 'a'\n";
  struct Row {
    std::string before;  // the key's line
    std::string key;
    std::string least, most;
  };
  const Row rows[] = {
      {"[supervision]\n", "restarts", "0", "1000000"},
      {"[supervision]\n", "within_ms", "1", longest},
      {"[supervision]\n", "backoff_ms", "0", longest},
      {"[supervision]\n", "max_backoff_ms", "0", longest},
      {child + "actor = 'A/a'\n", "shutdown_ms", "1", longest},
      {child + "service = 'A'\n", "crashes", "0", "1000000"},
      {child + "service = 'A'\ncrashes = 1\n", "within_ms", "1", longest},
      {child + "process = ['a']\nready = 'x'\n", "ready_within_ms", "1", longest},
  };

  for (const Row& row : rows) {
    CAPTURE(row.key);
    for (const char* past : {"-1", "-9223372036854775808", "9223372036854775807", "1e3", "inf", "nan", "''"}) {
      const std::string error = tree_error_of(row.before + row.key + " = " + past + "\n");
      CHECK(error.find("'" + row.key + "' must be a whole number from " + row.least + " to " + row.most) !=
            std::string::npos);
    }
  }
}

TEST_CASE("a tree that cannot be is refused as in code") {
  CHECK(tree_error_of(
            "[supervision]\n[[supervision.children]]\nid = 'a'\nactor = 'A/a'\n[[supervision.children]]\nid = 'a'\n"
            "actor = 'A/b'\n") ==
        "node.toml:1: Supervision: child \"a\" of the top supervisor: two children have this id");
}

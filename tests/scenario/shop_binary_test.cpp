// The real binary, as a person or a script runs it: what it prints and what it ends with.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "actors.h"
#include "config/shop_config.h"
#include "nodes/exit_codes.h"
#include "story/shopper.h"
#include "support/child_process.h"
#include "support/command_line.h"
#include "support/scratch_directory.h"

namespace {

namespace fs = std::filesystem;
using troupe::testing::ChildProcess;
using troupe::testing::ScratchDirectory;
using namespace std::chrono_literals;

struct Ended {
  int code = -1;
  std::string output;
};

Ended finish(ChildProcess& child, std::chrono::seconds limit) {
  const int code = child.finish(limit);
  return {code, child.said()};
}

Ended shop(std::vector<std::string> arguments, std::chrono::seconds limit = 30s) {
  arguments.insert(arguments.begin(), SHOP_BINARY);
  ChildProcess child(arguments);
  return finish(child, limit);
}

bool says(const Ended& ended, const std::string& text) { return ended.output.find(text) != std::string::npos; }

fs::path write(const fs::path& file, const std::string& text) {
  std::ofstream(file) << text;
  return file;
}

TEST_CASE("the demo on three real processes ends well: nothing lost, nothing charged twice") {
  const auto ended = shop({"demo", "--nodes", "3", "--shoppers", "4", "--orders", "15"}, 120s);

  INFO(ended.output);
  CHECK(ended.code == demo::exit_code::kGood);
  CHECK(says(ended, "SIGKILL to shop-2, process "));
  CHECK(says(ended, " active actors and "));
  CHECK(says(ended, "shop-2 is back, "));
  CHECK(says(ended, "; recovery took "));
  CHECK(says(ended, "--keep keeps them"));
  CHECK(says(ended, "shop-4 joins: it runs after "));
  CHECK(says(ended, " of 512 partitions moved, 128 had to"));
  CHECK(says(ended, "shop-1 is drained and leaves: "));
  CHECK(says(ended, "shop-4 is started anew: "));
  CHECK(says(ended, " calls meanwhile, of which 0 failed"));
  CHECK_FALSE(says(ended, "data in "));  // what a node says in its log
  CHECK(says(ended, "nothing lost, nothing charged twice: the books agree"));
  CHECK(says(ended, "one process and the cluster: the same results"));
  CHECK(says(ended, "Everything held."));
}

TEST_CASE("the demo holds when every node is killed in turn, and says so in JSON") {
  const auto ended = shop({"demo", "--json", "--kills", "3", "--seed", "5", "--shoppers", "4", "--orders", "20"}, 120s);

  INFO(ended.output);
  REQUIRE(ended.code == demo::exit_code::kGood);
  const auto json = nlohmann::json::parse(ended.output);
  CHECK(json["held"] == true);
  CHECK(json["restarts"] >= 1);
  CHECK(json["recovery_ms"].size() >= 1);
  CHECK(json["acknowledged_orders"] == 84);
  CHECK(json["visitors_failed"] == 0);
  CHECK(json["breaker"]["opened_ms"] > 0);
  CHECK(json["breaker"]["closed_ms"] > 0);
  REQUIRE(json["cluster_steps"].size() == 5);
  CHECK(json["cluster_steps"][0]["partitions_moved"] == json["cluster_steps"][0]["partitions_to_move"]);
  CHECK(json["mismatches"].empty());
}

TEST_CASE("the demo's last lines name logs that are there and programs that can be called from here") {
  const ScratchDirectory dir;
  const auto ended = shop(
      {"demo", "--nodes", "1", "--shoppers", "1", "--orders", "1", "--kills", "0", "--data", (dir / "demo").string()},
      120s);

  INFO(ended.output);
  REQUIRE(ended.code == demo::exit_code::kGood);
  CHECK(says(ended, "/supervisor.log"));
  CHECK(fs::exists(dir / "demo/supervisor.log"));
  CHECK(fs::exists(dir / "demo/shop-1.log"));
  const auto at = ended.output.find(" up --data shop-data");
  REQUIRE(at != std::string::npos);
  const auto begin = ended.output.rfind('\n', at) + 1;
  const auto named = ended.output.substr(ended.output.find_first_not_of(' ', begin), at - begin);
  CHECK(fs::exists(named.substr(0, named.find(' '))));
}

TEST_CASE("help is good, an unknown command is wrong usage") {
  CHECK(shop({"--help"}).code == demo::exit_code::kGood);
  CHECK(shop({"demo", "--help"}).code == demo::exit_code::kGood);
  CHECK(shop({"sell"}).code == demo::exit_code::kWrongUsage);
  CHECK(shop({"demo", "--nodes", "0"}).code == demo::exit_code::kWrongUsage);
}

TEST_CASE("a wrong configuration key is named with its line, and nothing starts") {
  const ScratchDirectory dir;
  const auto file =
      write(dir / "shop.toml", "cluster = 'shop'\n\nthreds = 4\n[[nodes]]\nname = 'a'\nport = 1\n[client]\nport = 2\n");

  for (const std::vector<std::string>& command : {std::vector<std::string>{"run", "--config", file, "--node", "a"},
                                                  {"up", "--config", file},
                                                  {"verify", "--config", file}}) {
    const auto ended = shop(command);
    INFO(ended.output);
    CHECK(ended.code == demo::exit_code::kWrongUsage);
    CHECK(says(ended, file.string() + ":3: unknown key 'threds'"));
  }
  CHECK(shop({"run", "--config", dir / "none.toml", "--node", "a"}).code == demo::exit_code::kWrongUsage);
}

TEST_CASE("a port in use and a data directory that cannot be are told, and nothing starts") {
  const ScratchDirectory dir;
  auto config = demo::listed_config(1, dir.path());
  demo::write_config(config, dir / "shop.toml");
  ChildProcess running({SHOP_BINARY, "run", "--config", dir / "shop.toml", "--node", "shop-1"});
  REQUIRE(running.says("node shop-1 is ready", 20s));
  CHECK((fs::status(dir / "link.secret").permissions() & fs::perms::mask) ==
        (fs::perms::owner_read | fs::perms::owner_write));

  SUBCASE("by the supervisor, before it starts a process") {
    const auto ended = shop({"up", "--config", dir / "shop.toml", "--data", dir / "logs"});

    INFO(ended.output);
    CHECK(ended.code == demo::exit_code::kNoStart);
    CHECK(says(ended, fmt::format("{} of node shop-1 is in use", config.nodes[0].port)));
  }
  SUBCASE("by the node itself") {
    config.nodes[0].data_dir = dir / "elsewhere";
    demo::write_config(config, dir / "second.toml");
    const auto ended = shop({"run", "--config", dir / "second.toml", "--node", "shop-1"});

    INFO(ended.output);
    CHECK(ended.code == demo::exit_code::kNoStart);
    CHECK(says(ended, std::to_string(config.nodes[0].port)));
  }
  SUBCASE("a directory that a running node holds") {
    auto other = demo::listed_config(1, dir.path());
    demo::write_config(other, dir / "second.toml");
    const auto ended = shop({"run", "--config", dir / "second.toml", "--node", "shop-1"});

    INFO(ended.output);
    CHECK(ended.code == demo::exit_code::kNoStart);
    CHECK(says(ended, (dir / "shop-1").string()));
  }
  SUBCASE("a directory below a file") {
    auto other = demo::listed_config(1, write(dir / "file", "not a directory"));
    demo::write_config(other, dir / "second.toml");
    const auto ended = shop({"run", "--config", dir / "second.toml", "--node", "shop-1"});

    INFO(ended.output);
    CHECK(ended.code == demo::exit_code::kNoStart);
    CHECK(says(ended, (dir / "file").string()));
  }
  running.send_signal(SIGTERM);
  const auto stopped = finish(running, 20s);
  INFO(stopped.output);
  CHECK(stopped.code == demo::exit_code::kGood);
}

#if !defined(__SANITIZE_ADDRESS__)  // whose runtime wants to be loaded before any other library
TEST_CASE("a node whose disk does not answer says so and ends with an exit code of its own") {
  const ScratchDirectory dir;
  auto config = demo::local_config(1, dir.path());
  config.unhealthy_after = 300ms;
  demo::write_config(config, dir / "shop.toml");

  ::setenv("LD_PRELOAD", STUCK_DISK, 1);
  ChildProcess node({SHOP_BINARY, "run", "--config", dir / "shop.toml", "--node", "shop-1"});
  ::unsetenv("LD_PRELOAD");
  const auto ended = finish(node, 60s);

  INFO(ended.output);
  CHECK(ended.code == demo::exit_code::kUnhealthy);
  CHECK(says(ended, "node shop-1 is ready"));
  CHECK(says(ended, "unhealthy: commits_stuck"));
  CHECK(says(ended, "ending with exit code 4"));
}
#endif

// A file for `troupe up`: the nodes of the shop in `dir`.
fs::path cluster_file(const ScratchDirectory& dir, const demo::ShopConfig& config, const std::string& policy,
                      const std::string& more = {}, const std::string& program = SHOP_BINARY) {
  std::string text = fmt::format("log_dir = '{}'\n{}\n[supervision]\n{}\n", dir.path().string(), more, policy);
  for (const auto& node : config.nodes)
    text += fmt::format(
        "[[supervision.children]]\nid = '{0}'\nprocess = ['{1}', 'run', '--config', 'shop.toml', '--node', '{0}']\n"
        "ready = 'node {0} is ready'\nshutdown_ms = 10000\nnode = '{0}'\ndata_dir = '{0}'\n",
        node.name, program);
  return write(dir / "cluster.toml", text);
}

TEST_CASE("troupe up runs a shop that verify audits, brings back a node that is killed, and shows all trees") {
  const ScratchDirectory dir;
  const auto config = demo::local_config(2, dir.path());
  demo::write_config(config, dir / "shop.toml");
  ChildProcess up({TROUPE_TOOL, "up", cluster_file(dir, config, "restarts = 3")});
  const bool is_up = up.says("2 processes are up", 30s);
  INFO(up.said());
  REQUIRE(is_up);

  const auto tree = troupe::testing::tool("--json --data " + dir.path().string() + " tree");
  const auto pid = tree.parsed()[0]["supervision"]["children"][0]["pid"].get<int>();
  REQUIRE(::kill(pid, SIGKILL) == 0);
  const bool restarted = up.says("shop-1: ready after", 30s, 2);
  const auto audit = shop({"verify", "--config", dir / "shop.toml", "--json"}, 60s);
  up.send_signal(SIGTERM);
  const auto stopped = finish(up, 30s);

  INFO(stopped.output);
  REQUIRE(restarted);
  CHECK(tree.parsed()[0]["kind"] == "processes");
  CHECK(tree.parsed().size() == 3);
  CHECK(audit.code == demo::exit_code::kGood);
  CHECK(says(stopped, "child \"shop-1\" of the top supervisor crashed: signal SIGKILL"));
  CHECK(stopped.code == 0);
  CHECK(says(stopped, "shop-1: stopped: exit code 0"));
}

#if !defined(__SANITIZE_ADDRESS__)
TEST_CASE("troupe up says which node found itself unhealthy") {
  const ScratchDirectory dir;
  auto config = demo::local_config(1, dir.path());
  config.unhealthy_after = 300ms;
  demo::write_config(config, dir / "shop.toml");

  const auto file =
      cluster_file(dir, config, "restarts = 0", fmt::format("environment = {{ LD_PRELOAD = '{}' }}", STUCK_DISK));
  ChildProcess up({TROUPE_TOOL, "up", file});
  const auto ended = finish(up, 60s);

  INFO(ended.output);
  CHECK(ended.code == 1);
  CHECK(says(ended,
             "given up: more than 0 restarts in 5 s; the last crash was of child \"shop-1\" of the top "
             "supervisor: unhealthy (exit code 4); it said last: "));
}
#endif

// Customers who pay in until they are told to stop.
class Load {
 public:
  Load(troupe::Node& node, unsigned customers) : paid_(customers) {
    patience_.repeats = &repeats_;
    for (unsigned who = 0; who < customers; ++who)
      threads_.emplace_back([this, &node, who] {
        demo::Shopper shopper(node, name(who), patience_);
        while (!stop_) {
          (void)shopper.deposit(fmt::format("{}", paid_[who]), 1);
          ++paid_[who];
        }
      });
  }
  ~Load() { stop(); }
  void stop() {
    stop_ = true;
    for (auto& thread : threads_) thread.join();
    threads_.clear();
  }
  [[nodiscard]] static std::string name(unsigned who) { return fmt::format("customer-{}", who); }
  [[nodiscard]] const std::vector<std::uint64_t>& paid() const { return paid_; }
  [[nodiscard]] std::uint64_t repeats() const { return repeats_; }

 private:
  demo::Patience patience_;
  std::atomic<std::uint64_t> repeats_{0};
  std::atomic<bool> stop_{false};
  std::vector<std::uint64_t> paid_;
  std::vector<std::thread> threads_;
};

TEST_CASE("a shop is rolled to another program, grows and shrinks under load, and no call fails") {
  const ScratchDirectory dir;
  auto config = demo::local_config(3, dir.path());
  demo::write_config(config, dir / "shop.toml");
  const fs::path program = dir / "shop";
  fs::copy_file(SHOP_BINARY, program);
  const auto file = cluster_file(dir, config, "restarts = 3", {}, program);
  const std::string reload = "up --reload " + file.string();
  ChildProcess up({TROUPE_TOOL, "up", "--quiet", file});
  REQUIRE(up.says("3 processes are up", 60s));
  troupe::Node client(demo::client_config(config, {}));
  demo::host_shop(client);
  client.start();
  REQUIRE(client.wait_connected(30s));
  Load load(client, 4);

  fs::remove(program);
  fs::copy_file(SHOP_BINARY, program);
  const auto rolled = troupe::testing::tool(reload);
  config.nodes.erase(config.nodes.begin() + 1);
  config.nodes.push_back(config.node("shop-4"));
  (void)cluster_file(dir, config, "restarts = 3", {}, program);
  const auto changed = troupe::testing::tool(reload);
  const auto members = troupe::testing::tool("--json --node " + (dir / "shop-1").string() + " members").parsed();
  load.stop();

  INFO(rolled.out << changed.out << up.said());
  CHECK(rolled.code == 0);
  CHECK(rolled.says("0 to start, 0 to take out, 3 to roll"));
  CHECK(rolled.says("shop-3: has its share, after "));
  CHECK(changed.code == 0);
  CHECK(changed.says("shop-2: is gone, after "));
  CHECK(load.repeats() == 0);
  for (unsigned who = 0; who < 4; ++who) {
    demo::Shopper shopper(client, Load::name(who), {});
    CHECK(load.paid()[who] > 0);
    CHECK(shopper.balance() == load.paid()[who]);
  }
  for (const auto& member : members) {
    const auto owned = member["partitions"]["withRows"].get<int>() + member["partitions"]["withoutRows"].get<int>();
    if (member["name"] == "shop-2") CHECK(member["state"] == "left");
    const bool serves = member["state"] == "serving" && !member["client"];
    CHECK((serves ? owned >= 2 * (256 / 3) : owned == 0));
  }
  client.stop();
  up.send_signal(SIGTERM);
  CHECK(finish(up, 30s).code == 0);
}

TEST_CASE("a node that drains since a change that was killed serves again with the next one") {
  const ScratchDirectory dir;
  const auto config = demo::local_config(2, dir.path());
  demo::write_config(config, dir / "shop.toml");
  const auto file = cluster_file(dir, config, "restarts = 3");
  {
    ChildProcess up({TROUPE_TOOL, "up", "--quiet", file});
    REQUIRE(up.says("2 processes are up", 60s));
    REQUIRE(troupe::testing::tool("--data " + dir.path().string() + " drain shop-2").code == 0);
    write(dir / "rolling", "shop-2\n");
  }

  ChildProcess up({TROUPE_TOOL, "up", "--quiet", file});

  CHECK(up.says("shop-2 serves again: a change that was broken off had it drain", 60s));
  const auto again = troupe::testing::tool("up --reload --all " + file.string());
  INFO(again.out);
  CHECK(again.code == 0);
  CHECK(again.says("shop-2: has its share"));
  CHECK_FALSE(fs::exists(dir / "rolling"));
}

TEST_CASE("up supervises a cluster that verify audits, and stops it on SIGINT") {
  const ScratchDirectory dir;
  ChildProcess up({SHOP_BINARY, "up", "--nodes", "2", "--port", "0", "--data", dir.path()});
  const bool is_up = up.says("2 nodes are up", 30s);
  INFO(up.said());
  REQUIRE(is_up);

  const auto audit = shop({"verify", "--config", dir / "shop.toml", "--json"});
  up.send_signal(SIGINT);
  const auto stopped = finish(up, 30s);

  INFO(audit.output);
  CHECK(audit.code == demo::exit_code::kGood);
  CHECK(nlohmann::json::parse(audit.output)["mismatches"].empty());
  CHECK(stopped.code == demo::exit_code::kGood);
  CHECK(says(stopped, "shop-1 | "));
  CHECK(fs::exists(dir / "shop-1.log"));
  CHECK(shop({"verify", "--config", dir / "shop.toml"}, 60s).code == demo::exit_code::kNoStart);
}

}  // namespace

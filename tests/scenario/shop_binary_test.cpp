// The real binary, as a person or a script runs it: what it prints and what it ends with.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "config/shop_config.h"
#include "processes/child_process.h"
#include "processes/exit_codes.h"
#include "support/scratch_directory.h"

namespace {

namespace fs = std::filesystem;
using demo::ChildProcess;
using troupe::testing::ScratchDirectory;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

struct Ended {
  int code = -1;
  std::string output;
};

// Reads what there is, waiting up to `wait`; false at the end of the output.
bool read_some(ChildProcess& child, std::string& output, std::chrono::milliseconds wait) {
  pollfd fd{child.output(), POLLIN, 0};
  if (::poll(&fd, 1, static_cast<int>(wait.count())) <= 0) return true;
  char bytes[4096];
  const auto n = ::read(child.output(), bytes, sizeof bytes);
  if (n > 0) output.append(bytes, static_cast<std::size_t>(n));
  return n > 0;
}

Ended finish(ChildProcess& child, std::chrono::seconds limit, std::string output = {}) {
  const auto end = Clock::now() + limit;
  while (Clock::now() < end && read_some(child, output, 100ms)) {
  }
  while (Clock::now() < end && !child.ended()) ::poll(nullptr, 0, 10);
  const auto status = child.ended();
  return {status && status->signal == 0 ? status->code : -1, output};
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
  CHECK(says(ended, "SIGKILL to shop-2"));
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
  CHECK(json["acknowledged_orders"] == 84);
  CHECK(json["mismatches"].empty());
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
  auto config = demo::local_config(1, dir.path());
  demo::write_config(config, dir / "shop.toml");
  ChildProcess running({SHOP_BINARY, "run", "--config", dir / "shop.toml", "--node", "shop-1"});
  std::string output;
  const auto end = Clock::now() + 20s;
  while (output.find("is ready") == std::string::npos && Clock::now() < end) read_some(running, output, 100ms);
  REQUIRE(output.find("node shop-1 is ready") != std::string::npos);

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
    auto other = demo::local_config(1, dir.path());
    demo::write_config(other, dir / "second.toml");
    const auto ended = shop({"run", "--config", dir / "second.toml", "--node", "shop-1"});

    INFO(ended.output);
    CHECK(ended.code == demo::exit_code::kNoStart);
    CHECK(says(ended, (dir / "shop-1").string()));
  }
  SUBCASE("a directory below a file") {
    auto other = demo::local_config(1, write(dir / "file", "not a directory"));
    demo::write_config(other, dir / "second.toml");
    const auto ended = shop({"run", "--config", dir / "second.toml", "--node", "shop-1"});

    INFO(ended.output);
    CHECK(ended.code == demo::exit_code::kNoStart);
    CHECK(says(ended, (dir / "file").string()));
  }
  running.send_signal(SIGTERM);
  const auto stopped = finish(running, 20s, output);
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

TEST_CASE("up supervises a cluster that verify audits, and stops it on SIGINT") {
  const ScratchDirectory dir;
  ChildProcess up({SHOP_BINARY, "up", "--nodes", "2", "--data", dir.path()});
  std::string output;
  const auto end = Clock::now() + 30s;
  while (output.find("2 nodes are up") == std::string::npos && Clock::now() < end) read_some(up, output, 100ms);
  INFO(output);
  REQUIRE(output.find("2 nodes are up") != std::string::npos);

  const auto audit = shop({"verify", "--config", dir / "shop.toml", "--json"});
  up.send_signal(SIGINT);
  const auto stopped = finish(up, 30s, output);

  INFO(audit.output);
  CHECK(audit.code == demo::exit_code::kGood);
  CHECK(nlohmann::json::parse(audit.output)["mismatches"].empty());
  CHECK(stopped.code == demo::exit_code::kGood);
  CHECK(says(stopped, "shop-1 | "));
  CHECK(fs::exists(dir / "shop-1.log"));
  CHECK(shop({"verify", "--config", dir / "shop.toml"}, 60s).code == demo::exit_code::kNoStart);
}

}  // namespace

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <map>
#include <mutex>
#include <vector>

#include "commands/commands.h"
#include "commands/signals.h"
#include "config/shop_config.h"
#include "nodes/exit_codes.h"
#include "nodes/free_port.h"
#include "nodes/shop_tree.h"

namespace demo {

namespace {

namespace fs = std::filesystem;

constexpr unsigned kNodes = 3;

// What was made for it, or is made now, as a file that the nodes can read.
ShopConfig made_config(const UpOptions& options) {
  const fs::path dir = fs::absolute(options.data);
  const auto file = dir / "shop.toml";
  if (!fs::exists(file)) {
    fs::create_directories(dir);
    auto config = local_config(0, dir);
    config.web = WebConfig{.count_up = true};
    if (options.port) config.web->port = *options.port;
    write_config(config, file);
  } else if (options.port) {
    auto config = load_config(file);
    if (!config.web) config.web = WebConfig{.count_up = true};
    config.web->port = *options.port;
    write_config(config, file);
  }
  return load_config(file);
}

// Nodes that find each other by a coordinator are on no list: those that have data here, and as many as are wanted.
void name_nodes(ShopConfig& config, unsigned wanted) {
  unsigned there = 0;
  while (fs::exists(config.node(fmt::format("shop-{}", there + 1)).data_dir)) ++there;
  if (wanted != 0 && wanted < there)
    throw ConfigError(fmt::format(
        "{} has {} nodes, not {}; leave --nodes out, or drain and remove some first (troupe drain), or choose another "
        "--data",
        config.data_dir.string(), there, wanted));
  const unsigned count = std::max(there, wanted == 0 ? kNodes : wanted);
  for (unsigned i = 1; i <= count; ++i) config.nodes.push_back(config.node(fmt::format("shop-{}", i)));
}

// The configuration this shop runs with.
ShopConfig config_of(const UpOptions& options) {
  if (options.port && !options.config.empty())
    throw ConfigError("--port is for a shop that is made; " + options.config + " has its own, in [web]");
  auto config = options.config.empty() ? made_config(options) : load_config(options.config);
  if (config.join) {
    name_nodes(config, options.nodes);
  } else if (options.nodes != 0 && options.nodes != config.nodes.size()) {
    throw ConfigError(fmt::format("{} lists {} nodes, not {}; leave --nodes out, or choose another --data",
                                  config.file.string(), config.nodes.size(), options.nodes));
  }
  return config;
}

bool ports_are_free(const ShopConfig& config) {
  bool free = true;
  const auto look = [&](const std::string& host, std::uint16_t port, const std::string& whose,
                        const std::string& what) {
    if (port == 0 || is_free(host, port)) return;
    free = false;
    fmt::print(stderr, "shop up: port {}:{} of {} is in use; {}\n", host, port, whose, what);
  };
  const auto elsewhere = fmt::format("is this shop running already? Else change it in {}", config.file.string());
  for (const auto& node : config.nodes) {
    look(node.host, node.port, "node " + node.name, elsewhere);
    if (config.web)
      look(config.web->address, config.web->port_of(node.name), fmt::format("node {} for HTTP", node.name),
           elsewhere + ", [web], or say --port");
    if (config.rpc)
      look(config.rpc->address, config.rpc->port_of(node.name), fmt::format("node {} for RPC", node.name),
           elsewhere + ", [rpc]");
  }
  return free;
}

// Where the nodes say that they serve the shop, each with its last word.
class OpenAt {
 public:
  void hear(const std::string& node, const std::string& line) {
    auto address = address_in(line);
    if (address.empty()) return;
    const std::lock_guard lock(mutex_);
    addresses_[node] = std::move(address);
  }
  [[nodiscard]] std::vector<std::string> all() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> all;
    for (const auto& [node, address] : addresses_) all.push_back(address);
    return all;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::string> addresses_;
};

}  // namespace

int up_command_line(const UpOptions& options) {
  const auto config = config_of(options);
  if (!ports_are_free(config)) return exit_code::kNoStart;

  auto how = shop_tree(config, fs::absolute(options.data));
  OpenAt open_at;
  how.on_line = [&](const std::string& node, const std::string& line) {
    open_at.hear(node, line);
    fmt::print("{} | {}\n", node, line);
    std::fflush(stdout);
  };
  how.log = [](const troupe::LogLine& line) {
    fmt::print("shop up: {}\n", line.message);
    std::fflush(stdout);
  };
  troupe::ProcessTree processes(std::move(how));
  std::atomic<bool> told{false};
  const StopWatch stopped([&](int) {
    told = true;
    processes.request_stop();
  });
  try {
    processes.start();
    open_shop({.config = config.file, .empty = options.empty}, "shop up");
  } catch (const troupe::Error&) {
    if (told) return exit_code::kGood;
    throw;
  }
  fmt::print("{} nodes are up; logs in {}, Ctrl-C stops them\n", config.nodes.size(),
             fs::absolute(options.data).string());
  const auto addresses = open_at.all();
  for (const auto& address : addresses) fmt::print("shop: open {}\n", address);
  if (addresses.empty())
    fmt::print("no node serves it over HTTP; give {} a table [web] (demo-shop/shop.toml)\n", config.file.string());
  fmt::print("audit the books: shop verify --config {}\n", config.file.string());
  std::fflush(stdout);
  const auto ended = processes.wait();
  processes.stop();
  if (told || !ended) return exit_code::kGood;
  fmt::print(stderr, "shop up: {}\n", ended->why);
  return exit_code::kNoStart;
}

}  // namespace demo

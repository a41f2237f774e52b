#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdio>

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
    write_config(local_config(0, dir), file);
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
  for (const auto& node : config.nodes) {
    if (node.port == 0) continue;
    if (is_free(node.host, node.port)) continue;
    free = false;
    fmt::print(stderr, "shop up: port {}:{} of node {} is in use; is this shop running already? Else change it in {}\n",
               node.host, node.port, node.name, config.file.string());
  }
  return free;
}

}  // namespace

int up_command_line(const UpOptions& options) {
  const auto config = config_of(options);
  if (!ports_are_free(config)) return exit_code::kNoStart;

  auto how = shop_tree(config, fs::absolute(options.data));
  how.on_line = [](const std::string& node, const std::string& line) {
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
  } catch (const troupe::Error&) {
    if (told) return exit_code::kGood;
    throw;
  }
  fmt::print("{} nodes are up; logs in {}, Ctrl-C stops them\n", config.nodes.size(),
             fs::absolute(options.data).string());
  fmt::print("audit the books: shop verify --config {}\n", config.file.string());
  std::fflush(stdout);
  const auto ended = processes.wait();
  processes.stop();
  if (told || !ended) return exit_code::kGood;
  fmt::print(stderr, "shop up: {}\n", ended->why);
  return exit_code::kNoStart;
}

}  // namespace demo

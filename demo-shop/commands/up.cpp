#include <fmt/format.h>

#include <cstdio>

#include "commands/commands.h"
#include "commands/signals.h"
#include "config/shop_config.h"
#include "processes/exit_codes.h"
#include "processes/free_port.h"
#include "processes/node_processes.h"

namespace demo {

namespace {

namespace fs = std::filesystem;

// The configuration this shop runs with, as a file that the nodes can read.
ShopConfig config_of(const UpOptions& options) {
  if (!options.config.empty()) return load_config(options.config);
  const fs::path dir = fs::absolute(options.data);
  const auto file = dir / "shop.toml";
  if (fs::exists(file)) {
    auto config = load_config(file);
    if (options.nodes != 0 && options.nodes != config.nodes.size())
      throw ConfigError(fmt::format("{} is a shop of {} nodes, not {}; leave --nodes out, or choose another --data",
                                    dir.string(), config.nodes.size(), options.nodes));
    return config;
  }
  fs::create_directories(dir);
  write_config(local_config(options.nodes == 0 ? 3 : options.nodes, dir), file);
  return load_config(file);
}

bool ports_are_free(const ShopConfig& config) {
  bool free = true;
  for (const auto& node : config.nodes) {
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

  NodeProcesses::Options how;
  how.log_dir = fs::absolute(options.data);
  for (const auto& node : config.nodes) how.nodes.push_back(run_command(config.file, node.name));
  how.on_line = [](const std::string& node, const std::string& line) {
    fmt::print("{} | {}\n", node, line);
    std::fflush(stdout);
  };
  NodeProcesses processes(std::move(how));

  if (processes.wait_ready(std::chrono::seconds(30))) {
    fmt::print("{} nodes are up; logs in {}, Ctrl-C stops them\n", config.nodes.size(),
               fs::absolute(options.data).string());
    fmt::print("audit the books: shop verify --config {}\n", config.file.string());
    std::fflush(stdout);
  }
  while (!stop_signal(std::chrono::milliseconds(100))) {
    if (const auto why = processes.failure()) {
      processes.stop();
      fmt::print(stderr, "shop up: {}\n", *why);
      return exit_code::kNoStart;
    }
  }
  processes.stop();
  return exit_code::kGood;
}

}  // namespace demo

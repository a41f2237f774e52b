#include <fmt/format.h>
#include <troupe/node.h>

#include <cstdio>

#include "actors.h"
#include "commands/commands.h"
#include "commands/node_log.h"
#include "commands/signals.h"
#include "config/shop_config.h"
#include "processes/exit_codes.h"
#include "processes/node_processes.h"

namespace demo {

int run_command_line(const RunOptions& options) {
  const auto config = load_config(options.config);
  const auto& me = config.node(options.node);
  const auto log = log_to_stderr(me.name, options.log_json);
  const auto say = [&](troupe::LogLevel level, const std::string& message) { log({level, "shop", message}); };

  troupe::Node node(node_config(config, me, log));
  host_shop(node);
  node.start();
  say(troupe::LogLevel::info,
      fmt::format("{} on {}:{}, data in {}", ready_line(me.name), me.host, node.port(), me.data_dir.string()));

  std::optional<int> signal;
  while (!signal) signal = stop_signal(std::chrono::hours(1));
  say(troupe::LogLevel::info, "stopping");
  // A second signal is a person who will not wait.
  StopWatch impatient([](int) { std::_Exit(exit_code::kStopped); });
  node.stop(config.stop_deadline);
  say(troupe::LogLevel::info, "stopped");
  return exit_code::kGood;
}

}  // namespace demo

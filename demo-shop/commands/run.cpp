#include <fmt/format.h>
#include <fmt/ranges.h>
#include <troupe/link_secret.h>
#include <troupe/node.h>

#include <cstdio>
#include <cstdlib>
#include <optional>

#include "actors.h"
#include "commands/commands.h"
#include "commands/node_log.h"
#include "commands/signals.h"
#include "config/shop_config.h"
#include "edge/shop_gateway.h"
#include "edge/shop_rpc.h"
#include "nodes/exit_codes.h"
#include "nodes/shop_tree.h"

namespace demo {

namespace {

template <class Say>
bool prepare(troupe::Node& node, const Say& say) {
  try {
    prepare_shop(node, std::chrono::seconds(2));
    return true;
  } catch (const troupe::Error& e) {
    const bool may_come = e.kind() == troupe::ErrorKind::unavailable || e.kind() == troupe::ErrorKind::deadline;
    if (!may_come) say(troupe::LogLevel::error, std::string("topics and the issuer cannot be made ready: ") + e.what());
    return !may_come;
  }
}

// As this node serves it.
WebConfig web_of(WebConfig web, const std::string& node) {
  web.port = web.port_of(node);
  web.count_up = false;
  return web;
}

}  // namespace

int run_command_line(const RunOptions& options) {
  const auto config = load_config(options.config);
  const auto& me = config.node(options.node);
  const auto log = log_to_stderr(config.cluster, me.name, options.log_json);
  const auto say = [&](troupe::LogLevel level, const std::string& message) { log({level, "shop", message}); };

  if (!config.link_secret.empty()) troupe::make_link_secret(config.link_secret);
  auto settings = node_config(config, me, log);
  // A node that cannot work stands in the way of one that can: its supervisor starts another. It is not stopped first,
  // for what makes it unhealthy would hold that up; what it has acknowledged is on disk.
  settings.on_unhealthy = [say](const troupe::Health& health) {
    say(troupe::LogLevel::error,
        fmt::format("unhealthy ({}): ending with exit code {}", health.faults.front().name, exit_code::kUnhealthy));
    std::_Exit(exit_code::kUnhealthy);
  };
  troupe::Node node(std::move(settings));
  host_shop(node, order_log(config.orders_topic), web_urls(config.web));
  if (config.supervision) node.supervise(*config.supervision);
  std::optional<ShopGateway> gateway;
  if (config.web) gateway.emplace(node, web_of(*config.web, me.name), node.log());
  std::optional<ShopRpc> rpc;
  if (config.rpc) {
    auto of_node = *config.rpc;
    of_node.port = of_node.port_of(me.name);
    rpc.emplace(node, of_node, node.log());
  }
  node.start();
  if (gateway) {
    gateway->start();
    say(troupe::LogLevel::info, open_line(gateway->address()));
  }
  if (rpc) {
    rpc->start();
    say(troupe::LogLevel::info, fmt::format("serves RPC on {}:{}", config.rpc->address, rpc->port()));
  }
  say(troupe::LogLevel::info,
      fmt::format("{} on {}:{}, data in {}", ready_line(me.name), me.host, node.port(), me.data_dir.string()));

  std::optional<int> signal;
  bool prepared = false;
  while (!signal) {
    // Any node may, once those that own the topic are up; until then what is published waits.
    if (!prepared) prepared = prepare(node, say);
    signal = stop_signal(prepared ? std::chrono::hours(1) : std::chrono::seconds(1));
  }
  say(troupe::LogLevel::info, "stopping");
  // A second signal is a person who will not wait.
  StopWatch impatient([](int) { std::_Exit(exit_code::kStopped); });
  if (gateway) gateway->stop(config.stop_deadline);
  if (rpc) rpc->stop(config.stop_deadline);
  const auto report = node.stop(config.stop_deadline);
  if (!report.complete) {
    say(troupe::LogLevel::error, fmt::format("left behind: {}", fmt::join(report.stuck, "; ")));
    std::_Exit(exit_code::kNotGood);  // threads that never return would hold up an orderly exit
  }
  say(troupe::LogLevel::info, "stopped");
  return exit_code::kGood;
}

}  // namespace demo

// shop: the demo shop's one binary. Reads the command line; what a command does is in commands/.
#include <fmt/format.h>
#include <troupe/error.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "commands/commands.h"
#include "commands/signals.h"
#include "config/shop_config.h"
#include "load/load.h"
#include "nodes/exit_codes.h"

namespace {

namespace code = demo::exit_code;

int complain(const std::string& command, const std::string& what, int result) {
  fmt::print(stderr, "shop {}: {}\n", command, what);
  return result;
}

// Runs a command; what it throws becomes one line and an exit code.
template <class Command>
int guarded(const std::string& name, Command command) {
  try {
    return command();
  } catch (const demo::ConfigError& e) {
    return complain(name, e.what(), code::kWrongUsage);
  } catch (const troupe::Error& e) {
    return complain(name, e.what(), code::kNoStart);
  } catch (const std::filesystem::filesystem_error& e) {
    return complain(name, e.what(), code::kNoStart);
  } catch (const std::system_error& e) {
    return complain(name, e.what(), code::kNoStart);
  } catch (const std::exception& e) {
    return complain(name, e.what(), code::kNotGood);
  }
}

}  // namespace

int main(int argc, char** argv) {
  demo::block_stop_signals();

  CLI::App app(
      "The demo shop of Troupe: users, products, stock, carts, orders and payments as actors.\n"
      "Exit codes: 0 good, 1 something did not hold, 2 wrong arguments or configuration, 3 cannot start or reach,\n"
      "4 the node found itself unhealthy and ended.",
      "shop");
  app.require_subcommand(1);
  app.fallthrough(false);

  demo::RunOptions run;
  auto* run_app = app.add_subcommand("run", "run one node in the foreground; SIGINT or SIGTERM stops it");
  run_app->add_option("--config", run.config, "the shop's configuration, TOML; see demo-shop/shop.toml")->required();
  run_app->add_option("--node", run.node, "which node of it; any name where no file lists them")->required();
  run_app->add_flag("--log-json", run.log_json, "log lines as JSON objects");

  demo::UpOptions up;
  auto* up_app = app.add_subcommand("up", "start all nodes as processes of this machine, and restart those that die");
  up_app->add_option("--config", up.config, "run this shop; else one is made in the data directory");
  up_app->add_option("--nodes", up.nodes, "how many nodes, where no file lists them (3, or those that have data)")
      ->check(CLI::Range(1u, 32u));
  up_app->add_option("--data", up.data, "where logs go, and data of a shop that is made")->capture_default_str();

  up_app->add_option("--port", up.port,
                     "where the first node serves the shop over HTTP, the others above it (8080); 0: any");
  up_app->add_flag("--empty", up.empty, "no goods on the shelves of a new shop");

  demo::OpenOptions open;
  auto* open_app = app.add_subcommand("open", "give a running shop an admin and goods, if it has none");
  open_app->add_option("--config", open.config, "the shop's configuration")->required();
  open_app->add_flag("--empty", open.empty, "no goods");

  demo::DemoOptions demo_options;
  auto* demo_app = app.add_subcommand("demo", "a scripted shopper, a node that is killed, an audit, a comparison");
  demo_app->add_option("--nodes", demo_options.nodes, "how many nodes")
      ->check(CLI::Range(1u, 16u))
      ->capture_default_str();
  demo_app->add_option("--seed", demo_options.seed, "of the crowd's choices")->capture_default_str();
  demo_app->add_option("--shoppers", demo_options.shoppers, "of the crowd")
      ->check(CLI::Range(1u, 64u))
      ->capture_default_str();
  demo_app->add_option("--orders", demo_options.orders, "of each of them")
      ->check(CLI::Range(1u, 1000u))
      ->capture_default_str();
  demo_app->add_option("--kills", demo_options.kills, "how many times a node is killed")
      ->check(CLI::Range(0u, 100u))
      ->capture_default_str();
  demo_app->add_option("--data", demo_options.data, "an empty directory to keep everything in; else a temporary one");
  demo_app->add_flag("--keep", demo_options.keep, "do not remove the temporary directory");
  demo_app->add_flag("--json", demo_options.json, "one JSON object instead of the story");

  demo::StoryOptions story;
  auto* story_app = app.add_subcommand("story", "the same shoppers in a shop that runs and is new, then the audit");
  story_app->add_option("--config", story.config, "the shop's configuration")->required();
  story_app->add_option("--seed", story.seed, "of the crowd's choices")->capture_default_str();
  story_app->add_option("--shoppers", story.shoppers, "of the crowd")
      ->check(CLI::Range(1u, 64u))
      ->capture_default_str();
  story_app->add_option("--orders", story.orders, "of each of them")
      ->check(CLI::Range(1u, 100'000u))
      ->capture_default_str();
  story_app->add_flag("--json", story.json, "one JSON object instead");

  demo::VerifyOptions verify;
  auto* verify_app = app.add_subcommand("verify", "audit the books of a running shop; 1 on any mismatch");
  verify_app->add_option("--config", verify.config, "the shop's configuration")->required();
  verify_app->add_flag("--json", verify.json, "the books as JSON");

  demo::LoadOptions load;
  auto* load_app = app.add_subcommand("load", "many shoppers over HTTP; checks every answer, and then the books");
  load_app->add_option("--url", load.urls,
                       "where the shop is open; several: one after the other when one does not answer");
  load_app->add_option("--config", load.config,
                       "the shop's configuration: stock is filled up before, and the books are audited after");
  load_app->add_option("--clients", load.clients, "at once")
      ->check(CLI::Range(1u, demo::kMostClients))
      ->capture_default_str();
  load_app->add_option("--seconds", load.seconds, "for which they go on")
      ->check(CLI::Range(1u, demo::kLongestLoad))
      ->capture_default_str();
  load_app->add_option("--rate", load.rate, "requests a second of all together; 0: as fast as they are answered")
      ->check(CLI::Range(0u, demo::kHighestRate))
      ->capture_default_str();
  load_app->add_option("--patience", load.patience, "seconds for one answer, however often it is asked for")
      ->check(CLI::Range(1u, 3'600u))
      ->capture_default_str();
  load_app->add_option("--seed", load.seed, "of the shoppers' choices")->capture_default_str();
  load_app->add_flag("--json", load.json, "one JSON object instead of lines");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? code::kGood : code::kWrongUsage;
  }
  if (run_app->parsed()) return guarded("run", [&] { return demo::run_command_line(run); });
  if (up_app->parsed()) return guarded("up", [&] { return demo::up_command_line(up); });
  if (open_app->parsed()) return guarded("open", [&] { return demo::open_command_line(open); });
  if (load_app->parsed()) return guarded("load", [&] { return demo::load_command_line(load); });
  if (demo_app->parsed()) return guarded("demo", [&] { return demo::demo_command_line(demo_options); });
  if (story_app->parsed()) return guarded("story", [&] { return demo::story_command_line(story); });
  return guarded("verify", [&] { return demo::verify_command_line(verify); });
}

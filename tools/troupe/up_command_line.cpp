// `troupe up`: what it takes.
#include <map>

#include "command_line.h"

namespace troupe::tool {
namespace {

constexpr const char* kUpFooter =
    "Starts the processes of [supervision] in FILE in their order, each when the one before is up, restarts them as "
    "the\n"
    "file says, and stops them in reverse. SIGINT or SIGTERM stops them, and SIGHUP of a terminal that is gone; a "
    "second "
    "one,\n"
    "half a second later, kills them. Any other SIGHUP has it read FILE again, as --reload does; under nohup none "
    "does.\n"
    "What they print goes to LOG_DIR/ID.log, and here. `troupe --node LOG_DIR tree` shows how they stand.\n"
    "\n"
    "--reload asks the `troupe up` that runs: it checks all of FILE, starts what is new, drains and stops what is "
    "gone,\n"
    "and rolls what has changed, or whose program has, one after the other: drain, stop, start, wait until it has its\n"
    "share. It goes on when the command is interrupted; the same command again shows it. It stops at what does not\n"
    "come back; the earlier file, reloaded, is the way back.\n"
    "\n"
    "Exit codes: 0 stopped as told, or shut down by auto_shutdown; 1 given up, or one did not start; 2 the file is "
    "wrong;\n"
    "4 there is no such file; 130 killed by a second signal. Of --reload: 0 done; 1 it stopped halfway; 2, 4 as "
    "above,\n"
    "and nothing has changed; 3 no `troupe up` of FILE answers.\n"
    "\n"
    "  [[supervision.children]]\n"
    "  id = \"shop-1\"\n"
    "  process = [\"bin/shop\", \"run\", \"--config\", \"shop.toml\", \"--node\", \"shop-1\"]\n"
    "  ready = \"node shop-1 is ready\"\n"
    "  node = \"shop-1\"                       # with data_dir, so that it is drained before it is stopped\n"
    "  data_dir = \"shop-data/shop-1\"\n"
    "\n"
    "runtime/doc/supervision.md has every key, demo-shop/cluster.toml is an example.";

}  // namespace

void CommandLine::add_up() {
  UpOptions& up = options_.up;
  auto* command = add(app_, "up", "run the processes of a cluster, restart those that crash, until a signal", [this] {
    if (options_.every_s > 0) throw usage("`troupe up` runs once; leave --every out");
    UpOptions run_with = options_.up;
    run_with.json = options_.json;
    return Printed{{}, run_up(run_with)};
  });
  command->footer(kUpFooter);
  command->add_option("FILE", up.file, "what the cluster has and how it is supervised, TOML")->required();
  command->add_flag("--check", up.check, "only say what the file declares; nothing is started");
  command->add_flag("--quiet", up.quiet, "what the programs print goes to their logs alone");
  auto* reload = command->add_flag("--reload", up.reload,
                                   "have the `troupe up` that runs this cluster become what FILE says, node by node");
  reload->excludes("--check");
  command->add_flag("--all", up.roll.all, "--reload: also start anew what has not changed")->needs(reload);
  command->add_flag("!--no-drain", up.roll.drain, "--reload: roll nodes with what they own, which waits for them")
      ->needs(reload);
  command
      ->add_option("--timeout", up.roll.timeout_ms,
                   "--reload: how long a node may take to give what it owns, or to "
                   "get its share: 90s, 10m (default 5m)")
      ->transform(CLI::AsNumberWithUnit(std::map<std::string, long>{{"ms", 1}, {"s", 1000}, {"m", 60'000}},
                                        CLI::AsNumberWithUnit::CASE_SENSITIVE))
      ->check(CLI::Range(1L, 86'400'000L));
}

}  // namespace troupe::tool

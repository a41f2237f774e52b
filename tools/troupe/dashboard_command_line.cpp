// `troupe dashboard`: what it takes.
#include <map>

#include "command_line.h"

namespace troupe::tool {
namespace {

constexpr const char* kDashboardFooter =
    "Nodes are asked by their admin sockets, so they need no port of their own; a node that does not answer is shown\n"
    "with the reason. The address has a token in it, which a browser trades for a cookie: other users of this machine\n"
    "cannot look. Without viewers nobody is asked.\n"
    "\n"
    "Exit codes: 0 ended by Ctrl-C or SIGTERM; 1 the address cannot be had; 2 wrong usage; 3 there are no nodes.\n"
    "\n"
    "Examples:\n"
    "  troupe dashboard --data shop-data\n"
    "  troupe dashboard --data shop-data --write\n"
    "  troupe dashboard --data /var/lib/shop --address 0.0.0.0 --port 9443 --token-file token \\\n"
    "      --certificate board.pem --key board.key --host board.example\n"
    "\n"
    "actors/dashboard/README.md says more.";

}  // namespace

void CommandLine::add_dashboard() {
  DashboardRun& run = options_.dashboard;
  auto* command =
      add(app_, "dashboard", "open pages for a browser that show the nodes chosen, live, until a signal", [this] {
        if (options_.every_s > 0) throw usage("`troupe dashboard` is live by itself; leave --every out");
        DashboardRun whole = options_.dashboard;
        whole.json = options_.json;
        return Printed{{}, run_dashboard(options_.selection, whole, std::chrono::milliseconds(options_.timeout_ms))};
      });
  command->footer(kDashboardFooter);
  command->add_option("--address", run.address, "of this machine (default 127.0.0.1)");
  command->add_option("--port", run.port, "default: any that is free");
  auto* file = command->add_option("--token-file", run.token_file,
                                   "what whoever looks has to say is in this file (default: made by chance)");
  command->add_flag("--no-token", run.no_token, "on a loopback address: every user of this machine may look")
      ->excludes(file);
  command->add_flag("--write", run.write, "pages may order changes: drain, retry, reset and the like");
  command->add_option("--host", run.hosts, "a name by which browsers reach it, beside addresses and localhost")
      ->allow_extra_args(false);
  auto* certificate = command->add_option("--certificate", run.certificate, "PEM; serves HTTPS");
  command->add_option("--key", run.key, "PEM, of --certificate")->needs(certificate);
  command->add_option("--viewers", run.viewers, "live pages at a time (default 16)")->check(CLI::Range(1, 256));
  command->add_option("--refresh", run.refresh_ms, "how often nodes are asked: 2s, 500ms (default 2s)")
      ->transform(CLI::AsNumberWithUnit(std::map<std::string, long>{{"ms", 1}, {"s", 1000}, {"m", 60'000}},
                                        CLI::AsNumberWithUnit::CASE_SENSITIVE))
      ->check(CLI::Range(200L, 3'600'000L));
}

}  // namespace troupe::tool

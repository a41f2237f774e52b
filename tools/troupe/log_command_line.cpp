// `troupe logs` and `troupe doctor`: what they take.
#include <chrono>

#include "command_line.h"

namespace troupe::tool {

void CommandLine::add_logs() {
  Options& o = options_;
  auto* logs = add(app_, "logs", "log lines that the nodes keep in memory, merged by time", [this, &o] {
    if (o.logs.for_s > 0 && !o.logs.follow) throw usage("--for is for --follow");
    return Printed{{}, show_logs([this] { return nodes(); }, o.logs, o.json)};
  });
  logs->require_subcommand(0, 1);
  logs->add_flag("-f,--follow", o.logs.follow, "go on with what they write, until Ctrl-C");
  logs->add_option("--for", o.logs.for_s, "with --follow: end after so many seconds")->check(CLI::Range(0.1, 86'400.0));
  logs->add_option("--level", o.logs.level, "only these and above: debug, info, warn, error")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
  logs->add_option("--room", o.logs.room, "only of this part: net, store, a service's name");
  logs->add_option("--actor", o.logs.actor, "only about SERVICE/KEY, or about SERVICE");
  logs->add_option("--trace", o.logs.trace, "only of this trace id, or request id");
  logs->add_option("--grep", o.logs.part, "only with this text in the message or a field");
  logs->add_option("--since", o.logs.since, "only of the last 90s, 10m, 2h");
  logs->add_option("-n,--lines", o.logs.lines, "the newest so many (default 100)")->check(CLI::Range(1L, 1000L));
  add(*logs, "level", "show the log levels, or set one until the node starts again: net=debug, warn, net=configured",
      [this, &o] {
        return Printed{o.logs.setting.empty() ? show_log_levels(nodes(), o.json)
                                              : set_log_level(nodes(), o.logs.setting, o.json)};
      })
      ->add_option("SETTING", o.logs.setting, "ROOM=LEVEL, or LEVEL for all rooms without one");
}

void CommandLine::add_doctor() {
  Options& o = options_;
  auto* doctor = add(
      app_, "doctor", "look for what is wrong with nodes, disks, limits, files; exit code 1 when something is",
      [this, &o] {
        return printed(show_doctor(o.selection, o.doctor, std::chrono::milliseconds(o.timeout_ms), silent_, o.json));
      });
  doctor->add_option("FILE", o.doctor.file, "a node's configuration, or that of `troupe up`");
  doctor->add_option("--certificates", o.doctor.certificates, "a directory that `troupe cert` made, or a PEM file");
  doctor->add_flag("--deep", o.doctor.deep, "read all of the stores of stopped nodes");
  doctor->add_option("--syncs", o.doctor.syncs, "how many syncs are measured (default 64)")
      ->check(CLI::Range(1L, 10'000L));
}

}  // namespace troupe::tool

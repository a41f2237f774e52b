// The command line of the tool: which commands there are, what each takes, and what does it. --help is its manual.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "cert_commands.h"
#include "cluster_commands.h"
#include "crash_commands.h"
#include "dashboard_command.h"
#include "db_commands.h"
#include "doctor_commands.h"
#include "event_commands.h"
#include "limit_commands.h"
#include "live_commands.h"
#include "log_commands.h"
#include "member_commands.h"
#include "partition_commands.h"
#include "pool_commands.h"
#include "recording_commands.h"
#include "schema_commands.h"
#include "stored_data_command_line.h"
#include "trace_command_line.h"
#include "up.h"
#include "watch.h"

namespace troupe::tool {

// Of `troupe gateway`.
struct GatewayCommand {
  std::string file;
  bool check = false;
};

struct Options {
  Selection selection;
  bool json = false;
  double every_s = 0;
  long timeout_ms = 10'000;
  long over_ms = 0;
  ListOptions list;
  CallOptions call;
  std::string actor;
  std::string tree_id;
  Files files;
  std::string backup;
  bool to_plain = false;
  std::string shell;
  SchemaOptions schema;
  StoredDataOptions kept;
  MemberOptions members;
  SagaOptions sagas;
  CrashOptions crashes;
  EventOptions events;
  RecordingOptions recordings;
  LogCommandOptions logs;
  DoctorOptions doctor;
  PartitionOptions partitions;
  DrainOptions drain;
  BalanceOptions balance;
  BreakerOptions breaker;
  TraceOptions traces;
  MoveByHandOptions by_hand;
  WatchOptions watch;
  UpOptions up;
  DashboardRun dashboard;
  CertOptions certs;
  GatewayCommand gateway;
};

// What a command printed and ends with; not always one of ExitCode.
struct Printed {
  std::string text;
  int code = kDone;
};
[[nodiscard]] inline Printed printed(Shown shown) { return {std::move(shown.text), shown.code}; }

class CommandLine {
 public:
  CommandLine();

  [[nodiscard]] CLI::App& app() noexcept { return app_; }
  [[nodiscard]] const Options& options() const noexcept { return options_; }
  // Does what was asked for. Whoever did not answer meanwhile is in silent().
  [[nodiscard]] Printed run();
  [[nodiscard]] const SilentNodes& silent() const noexcept { return silent_; }

 private:
  using Command = std::function<Printed()>;

  CLI::App* add(CLI::App& parent, const char* name, const char* text, Command command);
  [[nodiscard]] AddCommand printing();
  [[nodiscard]] Nodes nodes();
  void add_live();
  void add_actors();
  void add_crashes();
  void add_cluster();
  void add_limits();
  void add_logs();
  void add_doctor();
  void add_db();
  void add_care(CLI::App& db);
  void add_schema();
  void add_up();
  void add_dashboard();
  void add_certs();
  void add_gateway();
  void add_completion();
  void list_options(CLI::App& command);
  // What `show` prints; with --watch, what changes of it.
  CLI::App* add_watched(const char* name, const char* text, const char* path,
                        Facts (*facts)(const std::vector<Answer>&), std::function<std::string()> show);

  CLI::App app_{
      "Looks at Troupe nodes: running ones over their admin socket, stopped ones in their files. Runs those of a "
      "cluster.",
      "troupe"};
  Options options_;
  Command command_;
  SilentNodes silent_;
};

}  // namespace troupe::tool

// troupe: looks at running nodes over their admin sockets, and at the files of stopped ones; runs the processes of a
// cluster. The command line, the exit codes and nothing else; --help is its manual.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <functional>
#include <map>
#include <string>
#include <thread>

#include "completion.h"
#include "crash_commands.h"
#include "db_commands.h"
#include "kept_command_line.h"
#include "live_commands.h"
#include "member_commands.h"
#include "schema_commands.h"
#include "store_commands.h"
#include "up.h"

namespace troupe::tool {
namespace {

constexpr const char* kFooter =
    "ACTOR is SERVICE/KEY, as in Stock/sku-1. A node is named by --node DIR (its data directory, or its admin.sock),\n"
    "or found by --data DIR (which holds one data directory per node); TROUPE_NODE and TROUPE_DATA stand for them.\n"
    "\n"
    "Exit codes: 0 done; 1 the call was refused or failed; 2 wrong usage, or JSON that does not fit;\n"
    "3 no node answers; 4 not found; 5 damaged files or answers; 6 incompatible schemas; 130 a second signal ended "
    "`up`.\n"
    "\n"
    "Examples:\n"
    "  troupe --data var nodes\n"
    "  troupe --node var/shop-1 inspect Stock/sku-1\n"
    "  troupe --node var/shop-1 call Stock/sku-1 reserve '{\"order\": \"o-1\", \"quantity\": 2}'\n"
    "  troupe --data var outbox\n"
    "  troupe --data var dead-letters retry Order/o-1 17\n"
    "  troupe --node var/shop-1 tables Order/o-1 lines --prefix sku-\n"
    "  troupe up cluster.toml\n"
    "  troupe db verify var/shop-1\n"
    "  troupe db backup var/shop-1 /backups/shop-1-monday\n"
    "  troupe schema check var/shop-1 orders.capnp";

constexpr const char* kUpFooter =
    "Starts the processes of [supervision] in FILE in their order, each when the one before is up, restarts them as "
    "the\n"
    "file says, and stops them in reverse. SIGINT, SIGTERM or SIGHUP stops them; a second one, half a second later, "
    "kills them.\n"
    "What they print goes to LOG_DIR/ID.log, and here. `troupe --node LOG_DIR tree` shows how they stand.\n"
    "\n"
    "Exit codes: 0 stopped as told, or shut down by auto_shutdown; 1 given up, or one did not start; 2 the file is "
    "wrong;\n"
    "4 there is no such file; 130 killed by a second signal.\n"
    "\n"
    "  [[supervision.children]]\n"
    "  id = \"shop-1\"\n"
    "  process = [\"bin/shop\", \"run\", \"--config\", \"shop.toml\", \"--node\", \"shop-1\"]\n"
    "  ready = \"node shop-1 is ready\"\n"
    "\n"
    "runtime/doc/supervision.md has every key, demo-shop/cluster.toml is an example.";

struct Options {
  Selection selection;
  bool json = false;
  double every_s = 0;
  long timeout_ms = 10'000;
  long over_ms = 0;
  ListOptions list;
  CallOptions call;
  std::string actor;
  Files files;
  std::string backup;
  bool to_plain = false;
  std::string shell;
  SchemaOptions schema;
  KeptOptions kept;
  MemberOptions members;
  CrashOptions crashes;
  UpOptions up;
};

// What was asked for: gives the text to print and the exit code.
struct Printed {
  std::string text;
  int code = kDone;
};
using Command = std::function<Printed()>;

class CommandLine {
 public:
  CommandLine() {
    app_.footer(kFooter);
    // Not required: an unknown word is then named, instead of a missing one.
    app_.require_subcommand(0, 1);
    app_.fallthrough();
    app_.add_option("--node", options_.selection.node, "the node's data directory or admin.sock")
        ->envname("TROUPE_NODE");
    app_.add_option("--data", options_.selection.data, "a directory of data directories")->envname("TROUPE_DATA");
    app_.add_flag("--json", options_.json, "print JSON, errors too");
    app_.add_option("--timeout", options_.timeout_ms, "how long to wait for an answer: 2s, 500ms (default 10s)")
        ->transform(CLI::AsNumberWithUnit(std::map<std::string, long>{{"ms", 1}, {"s", 1000}, {"m", 60'000}},
                                          CLI::AsNumberWithUnit::CASE_SENSITIVE))
        ->check(CLI::Range(1L, 3'600'000L));
    app_.add_option("--every", options_.every_s, "repeat after so many seconds")->check(CLI::Range(0.1, 86'400.0));
    add_live();
    add_crashes();
    add_kept(
        app_, options_.kept, printing(), [this] { return nodes(); }, options_.json);
    add_db();
    add_schema();
    add_up();
    add_completion();
  }

  CLI::App& app() noexcept { return app_; }
  const Options& options() const noexcept { return options_; }
  Printed run() const {
    if (!command_) throw usage("what should be done? troupe --help lists the commands");
    return command_();
  }

 private:
  CLI::App* add(CLI::App& parent, const char* name, const char* text, Command command) {
    auto* sub = parent.add_subcommand(name, text);
    sub->fallthrough();
    sub->callback([this, sub, command = std::move(command)] {
      if (sub->get_subcommands().empty()) command_ = command;
    });
    return sub;
  }
  AddCommand printing() {
    return [this](CLI::App& parent, const char* name, const char* text, std::function<std::string()> show) {
      return add(parent, name, text, [show = std::move(show)] { return Printed{show()}; });
    };
  }
  Nodes nodes() const { return Nodes(options_.selection, std::chrono::milliseconds(options_.timeout_ms)); }

  void add_live() {
    Options& o = options_;
    add(app_, "nodes", "the nodes and how they are", [this, &o] { return Printed{show_nodes(nodes(), o.json)}; });
    auto* ls = add(app_, "ls", "actors that are live or have state",
                   [this, &o] { return Printed{show_list(nodes(), o.list, o.json)}; });
    ls->add_option("SERVICE", o.list.service, "only of this service");
    list_options(*ls);
    add(app_, "tree", "what is supervised and how it stands, policies, restarts",
        [this, &o] { return Printed{show_tree(nodes(), o.json)}; });
    add(app_, "overload", "how much waits on each node, how much may, and what was refused by which bound",
        [this, &o] { return Printed{show_overload(nodes(), o.json)}; });
    add(app_, "links", "links to the other nodes", [this, &o] { return Printed{show_links(nodes(), o.json)}; });
    add(app_, "services", "services and their methods", [this, &o] { return Printed{show_services(nodes(), o.json)}; });
    add(app_, "health", "whether nodes find themselves well, and threads that are held; exit code 1 when one is not",
        [this, &o] {
          auto shown = show_health(nodes(), o.json);
          return Printed{std::move(shown.text), shown.healthy ? kDone : kFailed};
        });
    auto* turns =
        add(app_, "turns", "turns that take longer than the node's slow_turn, and what each is at",
            [this, &o] { return Printed{show_turns(nodes(), std::chrono::milliseconds(o.over_ms), o.json)}; });
    turns->add_option("--slow,--over", o.over_ms, "only those that have taken so long: 5s, 500ms")
        ->transform(CLI::AsNumberWithUnit(std::map<std::string, long>{{"ms", 1}, {"s", 1000}, {"m", 60'000}},
                                          CLI::AsNumberWithUnit::CASE_SENSITIVE))
        ->check(CLI::Range(0L, 86'400'000L));
    add(app_, "metrics", "counters and levels", [this, &o] { return Printed{show_metrics(nodes(), o.json)}; });
    add(app_, "inspect", "status, mailbox, turns, pending calls of one actor",
        [this, &o] { return Printed{show_actor(nodes(), o.actor, o.json)}; })
        ->add_option("ACTOR", o.actor)
        ->required();
    add(app_, "state", "the committed state of one actor",
        [this, &o] { return Printed{show_state(nodes(), o.actor, o.json)}; })
        ->add_option("ACTOR", o.actor)
        ->required();
    auto* call = add(app_, "call", "call an actor and print the results", [this, &o] {
      CallOptions options = o.call;
      options.timeout = std::chrono::milliseconds(o.timeout_ms);
      return Printed{show_call(nodes(), options, o.json)};
    });
    call->add_option("ACTOR", o.call.actor)->required();
    call->add_option("METHOD", o.call.method)->required();
    call->add_option("JSON", o.call.json, "the parameters; - reads them from standard input");
  }

  void add_crashes() {
    CrashOptions& o = options_.crashes;
    const bool& json = options_.json;
    const auto limit = [&o](CLI::App& command) {
      command.add_option("--limit", o.limit, "at most so many (default 100)")->check(CLI::Range(1, 1000));
    };
    auto* restarts = add(app_, "restarts", "crashes, the newest first, or those of one actor",
                         [this, &o, &json] { return Printed{show_restarts(nodes(), o, json)}; });
    restarts->add_option("ACTOR", o.actor);
    limit(*restarts);
    auto* quarantine = app_.add_subcommand("quarantine", "actors that keep crashing and are not started for a while");
    quarantine->require_subcommand(0, 1);
    quarantine->fallthrough();
    auto* ls = add(*quarantine, "ls", "who is quarantined, since when, how long and why",
                   [this, &o, &json] { return Printed{show_quarantine(nodes(), o, json)}; });
    limit(*ls);
    auto* clear = add(*quarantine, "clear", "let ACTOR start again, its crashes forgotten",
                      [this, &o, &json] { return Printed{clear_quarantine(nodes(), o, json)}; });
    clear->add_option("ACTOR", o.actor);
    clear->add_flag("--all", o.all, "every one that is quarantined");
  }

  void add_db() {
    Options& o = options_;
    auto* db = app_.add_subcommand("db", "the files of a stopped node, and backups of any");
    db->require_subcommand(0, 1);
    db->fallthrough();
    db->add_option("--key-file", o.files.keys.file, "the keys of an encrypted store, in a file of its owner's alone")
        ->envname("TROUPE_KEY_FILE");
    db->add_option("--key-env", o.files.keys.environment, "the name of an environment variable that holds the keys");
    const auto add_one = [&](const char* name, const char* text, Command command) {
      auto* sub = add(*db, name, text, std::move(command));
      sub->add_option("DIR", o.files.directory, "the node's data directory")->required();
      return sub;
    };
    auto* ls = add_one("ls", "actors with a record", [&o] { return Printed{show_db_list(o.files, o.list, o.json)}; });
    ls->add_option("SERVICE", o.list.service, "only of this service");
    list_options(*ls);
    ls->add_flag("--rows", o.list.rows, "and how much each keeps beside its record, by kind");
    add_one("get", "state and remembered replies of one actor",
            [&o] { return Printed{show_db_record(o.files, o.actor, o.json)}; })
        ->add_option("ACTOR", o.actor)
        ->required();
    add_one("stats", "whose store it is, and how large", [&o] { return Printed{show_db_stats(o.files, o.json)}; });
    add_one("schema", "services, states and methods", [&o] { return Printed{show_db_schema(o.files, o.json)}; });
    add_one("verify", "read everything; exit code 5 when something is wrong", [&o] {
      auto verified = show_db_verify(o.files, o.json);
      return Printed{std::move(verified.text), verified.sound ? kDone : kCorrupt};
    });
    const auto add_printing_one = [this, &o](CLI::App& parent, const char* name, const char* text,
                                             std::function<std::string()> show) {
      auto* sub = printing()(parent, name, text, std::move(show));
      sub->add_option("DIR", o.files.directory, "the node's data directory")->required();
      return sub;
    };
    add_kept_in_files(
        *db, o.kept, add_printing_one, [&o] { return files_at(o.files); }, o.json);
    add_member_commands(*db, o.members, add_printing_one, o.files, o.json);
    add_care(*db);
  }

  void add_care(CLI::App& db) {
    Options& o = options_;
    auto* backup = add(db, "backup", "a copy of the store as it is at this moment; the node may run",
                       [&o] { return Printed{do_backup(o.files, o.backup, o.json)}; });
    backup->add_option("DIR", o.files.directory, "the node's data directory or admin.sock")->required();
    backup->add_option("DEST", o.backup, "a directory that is not there yet, on the node's machine")->required();
    auto* restore = add(db, "restore", "check a backup and make a data directory of it",
                        [&o] { return Printed{do_restore(o.backup, o.files, o.json)}; });
    restore->add_option("BACKUP", o.backup)->required();
    restore->add_option("DIR", o.files.directory, "a directory that is empty or not there yet")->required();
    add(db, "compact", "write the file anew, as small as it can be",
        [&o] { return Printed{do_compact(o.files, o.json)}; })
        ->add_option("DIR", o.files.directory, "the node's data directory")
        ->required();
    auto* rotate = add(db, "rotate", "seal every value under the first of the keys; encrypts a plain store too",
                       [&o] { return Printed{do_rotate(o.files, o.to_plain, o.json)}; });
    rotate->add_option("DIR", o.files.directory, "the node's data directory")->required();
    rotate->add_flag("--to-plain", o.to_plain, "seal nothing: the store is not encrypted any more");
  }

  void add_schema() {
    Options& o = options_;
    auto* schema = app_.add_subcommand(
        "schema", "schemas of .capnp files, of a stopped node's data directory, or of a running node");
    schema->require_subcommand(0, 1);
    schema->fallthrough();
    const auto complete = [&o] {
      SchemaOptions options = o.schema;
      options.data = o.selection.data;
      options.timeout = std::chrono::milliseconds(o.timeout_ms);
      return options;
    };
    auto* check = add(*schema, "check", "whether NEW may follow OLD; exit code 6 when it may not", [&o, complete] {
      auto checked = show_schema_check(complete(), o.json);
      return Printed{std::move(checked.text), checked.compatible ? kDone : kIncompatible};
    });
    check->add_option("OLD", o.schema.old_source, "a .capnp file, a directory of them, or a node")->required();
    check->add_option("NEW", o.schema.new_source, "the same")->required();
    auto* show = add(*schema, "show", "services, states and methods",
                     [&o, complete] { return Printed{show_schema(complete(), o.json)}; });
    show->add_option("SOURCE", o.schema.new_source, "a .capnp file, a directory of them, or a node")->required();
    for (auto* command : {check, show})
      command->add_option("-I,--import-path", o.schema.import_paths, "where .capnp files find absolute imports")
          ->allow_extra_args(false);
  }

  void add_up() {
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
  }

  void list_options(CLI::App& command) {
    command.add_option("--prefix", options_.list.prefix, "only keys that begin like this");
    command.add_option("--limit", options_.list.limit, "at most so many (default 100)")
        ->check(CLI::Range(1, 10'000'000));
  }

  void add_completion() {
    add(app_, "completion", "a script for the shell to source",
        [this] { return Printed{completion(app_, options_.shell)}; })
        ->add_option("SHELL", options_.shell, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember(shells()));
  }

  CLI::App app_{
      "Looks at Troupe nodes: running ones over their admin socket, stopped ones in their files. Runs those of a "
      "cluster.",
      "troupe"};
  Options options_;
  Command command_;
};

int complain(const Failure& failed, bool json) {
  if (json) {
    std::fputs((Json{{"error", failed.error}}.dump(2, ' ', false, Json::error_handler_t::replace) + "\n").c_str(),
               stdout);
    return failed.code;
  }
  const std::string kind = failed.error.value("kind", std::string());
  const std::string code = failed.error.value("code", std::string());
  std::string line = "troupe: " + kind + (code.empty() ? "" : "(" + code + ")") + ": " + failed.message();
  if (failed.error.value("mayHaveRun", false)) line += " (it may have run)";
  if (const auto wait = failed.error.value("retryAfterMs", 0LL); wait > 0)
    line += " (retry after " + std::to_string(wait) + " ms)";
  std::fputs((line + "\n").c_str(), stderr);
  return failed.code;
}

int run_once(const CommandLine& line) {
  try {
    const Printed printed = line.run();
    std::fputs(printed.text.c_str(), stdout);
    return printed.code;
  } catch (const Failure& failed) {
    return complain(failed, line.options().json);
  } catch (const Json::exception& e) {
    return complain(
        failure(Error(ErrorKind::corrupt, std::string("the node's answer is not as expected: ") + e.what())),
        line.options().json);
  }
}

int run(int argc, char** argv) {
  CommandLine line;
  try {
    line.app().parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return line.app().exit(e) == 0 ? kDone : kUsage;
  }
  const double every = line.options().every_s;
  if (every <= 0) return run_once(line);
  while (true) {
    if (::isatty(STDOUT_FILENO) != 0) std::fputs("\x1b[H\x1b[2J", stdout);
    run_once(line);
    if (std::fflush(stdout) != 0) return kFailed;
    std::this_thread::sleep_for(std::chrono::duration<double>(every));
  }
}

}  // namespace
}  // namespace troupe::tool

int main(int argc, char** argv) {
  try {
    return troupe::tool::run(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "troupe: %s\n", e.what());
    return troupe::tool::kFailed;
  }
}

#include "command_line.h"

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <map>

#include "completion.h"
#include "store_commands.h"
#include "tree_commands.h"

namespace troupe::tool {
namespace {

// CLI11's ranges let through what is no number, for it is neither less nor more.
std::string a_number(const std::string& text) {
  return std::isnan(std::strtod(text.c_str(), nullptr)) ? text + " is not a number" : std::string();
}

constexpr const char* kFooter =
    "ACTOR is SERVICE/KEY, as in Stock/sku-1. A node is named by --node DIR (its data directory, or its admin.sock),\n"
    "or found by --data DIR (which holds one data directory per node); TROUPE_NODE and TROUPE_DATA stand for them.\n"
    "\n"
    "Exit codes: 0 done; 1 the call was refused or failed; 2 wrong usage, or JSON that does not fit;\n"
    "3 a node that was asked does not answer: what is printed is not all there is, and a line says why; 4 not found;\n"
    "5 damaged files or answers; 6 incompatible schemas; 130 a second signal ended `up`.\n"
    "With --json, `error` stands in an answer for a node that did not answer, and an error is an object {\"error\": "
    "...}.\n"
    "\n"
    "Examples:\n"
    "  troupe --data var nodes\n"
    "  troupe --node var/shop-1 inspect Stock/sku-1\n"
    "  troupe --node var/shop-1 call Stock/sku-1 reserve '{\"order\": \"o-1\", \"quantity\": 2}'\n"
    "  troupe --data var outbox\n"
    "  troupe --data var dead-letters retry Order/o-1 17\n"
    "  troupe --node var/shop-1 tables Order/o-1 lines --prefix sku-\n"
    "  troupe --data var drain shop-1\n"
    "  troupe --data var breakers\n"
    "  troupe --data var logs -f --level warn\n"
    "  troupe --data var doctor\n"
    "  troupe --data var members --watch\n"
    "  troupe --data var partitions move 7-20 shop-2\n"
    "  troupe up cluster.toml\n"
    "  troupe db verify var/shop-1\n"
    "  troupe db backup var/shop-1 /backups/shop-1-monday\n"
    "  troupe schema check var/shop-1 orders.capnp";

}  // namespace

CommandLine::CommandLine() {
  app_.footer(kFooter);
  // Not required: an unknown word is then named, instead of a missing one.
  app_.require_subcommand(0, 1);
  app_.fallthrough();
  app_.add_option("--node", options_.selection.node, "the node's data directory or admin.sock")->envname("TROUPE_NODE");
  app_.add_option("--data", options_.selection.data, "a directory of data directories")->envname("TROUPE_DATA");
  app_.set_version_flag("--version", "troupe " TROUPE_VERSION, "print the version");
  app_.add_flag("--json", options_.json, "print JSON, errors too");
  app_.add_option("--timeout", options_.timeout_ms, "how long to wait for an answer: 2s, 500ms (default 10s)")
      ->transform(CLI::AsNumberWithUnit(std::map<std::string, long>{{"ms", 1}, {"s", 1000}, {"m", 60'000}},
                                        CLI::AsNumberWithUnit::CASE_SENSITIVE))
      ->check(CLI::Range(1L, 3'600'000L));
  app_.add_option("--every", options_.every_s, "repeat after so many seconds")
      ->check(CLI::Range(0.1, 86'400.0))
      ->check(a_number);
  add_live();
  add_actors();
  add_crashes();
  add_events(
      app_, options_.events, printing(), [this] { return nodes(); }, options_.json);
  add_recordings(
      app_, options_.recordings, printing(), [this] { return nodes(); }, options_.json);
  add_cluster();
  add_limits();
  const auto asked = [this] { return nodes(); };
  add_kept(app_, options_.kept, printing(), asked, options_.json);
  add_sagas(app_, options_.sagas, printing(), asked, options_.json);
  add_traces(app_, options_.traces, printing(), asked, options_.json);
  add_logs();
  add_doctor();
  add_db();
  add_schema();
  add_up();
  add_dashboard();
  add_certs();
  add_gateway();
  add_completion();
}

Printed CommandLine::run() {
  if (!command_) throw usage("what should be done? troupe --help lists the commands");
  silent_.forget();
  return command_();
}

CLI::App* CommandLine::add(CLI::App& parent, const char* name, const char* text, Command command) {
  auto* sub = parent.add_subcommand(name, text);
  sub->fallthrough();
  sub->callback([this, sub, command = std::move(command)] {
    if (sub->get_subcommands().empty()) command_ = command;
  });
  return sub;
}
AddCommand CommandLine::printing() {
  return [this](CLI::App& parent, const char* name, const char* text, std::function<std::string()> show) {
    return add(parent, name, text, [show = std::move(show)] { return Printed{show()}; });
  };
}
Nodes CommandLine::nodes() {
  return Nodes(options_.selection, std::chrono::milliseconds(options_.timeout_ms), silent_);
}

void CommandLine::add_live() {
  Options& o = options_;
  add(app_, "nodes", "the nodes and how they are", [this, &o] { return printed(show_nodes(nodes(), o.json)); });
  auto* ls = add(app_, "ls", "actors that are live or have state",
                 [this, &o] { return Printed{show_list(nodes(), o.list, o.json)}; });
  ls->add_option("SERVICE", o.list.service, "only of this service");
  list_options(*ls);
  auto* tree = add(app_, "tree", "what is supervised and how it stands, policies, restarts",
                   [this, &o] { return Printed{show_tree(nodes(), o.json)}; });
  tree->require_subcommand(0, 1);
  add(*tree, "restart", "start a part of it that gave up, ended or was stopped",
      [this, &o] { return Printed{restart_in_tree(nodes(), o.tree_id, o.json)}; })
      ->add_option("ID", o.tree_id, "as in `troupe tree`; SUPERVISOR/ID below a supervisor, / for the whole tree")
      ->required();
  add(app_, "overload", "how much waits on each node, how much may, and what was refused by which bound",
      [this, &o] { return Printed{show_overload(nodes(), o.json)}; });
  add(app_, "links", "links to the other nodes", [this, &o] { return Printed{show_links(nodes(), o.json)}; });
  add_watched("services", "services, their methods, and those that are not well", "/directory", service_facts,
              [this, &o] { return show_services(nodes(), o.json); });
  add(app_, "health",
      "whether nodes and their services are well, and threads that are held; exit code 1 when one is not",
      [this, &o] { return printed(show_health(nodes(), o.json)); });
  auto* turns = add(app_, "turns", "turns that take longer than the node's slow_turn, and what each is at",
                    [this, &o] { return Printed{show_turns(nodes(), std::chrono::milliseconds(o.over_ms), o.json)}; });
  turns->add_option("--slow,--over", o.over_ms, "only those that have taken so long: 5s, 500ms")
      ->transform(CLI::AsNumberWithUnit(std::map<std::string, long>{{"ms", 1}, {"s", 1000}, {"m", 60'000}},
                                        CLI::AsNumberWithUnit::CASE_SENSITIVE))
      ->check(CLI::Range(0L, 86'400'000L));
  add(app_, "metrics", "counters and levels", [this, &o] { return Printed{show_metrics(nodes(), o.json)}; });
  add(app_, "graph", "who calls whom, and how it goes", [this, &o] { return Printed{show_graph(nodes(), o.json)}; });
}

void CommandLine::add_actors() {
  Options& o = options_;
  add(app_, "inspect", "status, mailbox, turns, pending calls of one actor",
      [this, &o] { return printed(show_actor(nodes(), o.actor, o.json)); })
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

void CommandLine::add_crashes() {
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

void CommandLine::add_cluster() {
  Options& o = options_;
  add_watched("members", "the members of the cluster: who lives, who serves, and how much each owns", "/members",
              member_facts, [this, &o] { return show_members(nodes(), o.json); });
  auto* partitions =
      add_watched("partitions", "who owns which partition, and what is moving", "/partitions", partition_facts,
                  [this, &o] { return show_partitions(nodes(), o.partitions, o.json); });
  partitions->add_option("--member", o.partitions.member, "only those that it owns, or is to get");
  partitions->require_subcommand(0, 1);
  add_partition_commands(
      app_, *partitions, o.by_hand, o.files, printing(), [this] { return nodes(); }, o.json);
  add(app_, "pools", "how the calls of each node are spread over the members of pools",
      [this, &o] { return Printed{show_pools(nodes(), o.json)}; });
  auto* balance = add(app_, "balance", "have calls to a pool spread in another way, until the nodes that make them end",
                      [this, &o] { return Printed{change_balance(nodes(), o.balance, o.json)}; });
  balance->add_option("SERVICE", o.balance.service, "a pool, as in `troupe pools`")->required();
  balance
      ->add_option("POLICY", o.balance.policy,
                   "least_outstanding, round_robin, random, weighted, consistent_hash or local_first")
      ->required();
  auto* drain = add(app_, "drain", "have NODE give all its partitions to other members, and wait until it owns nothing",
                    [this, &o] { return Printed{drain_member(nodes(), o.drain, o.json)}; });
  drain->add_option("NODE", o.drain.member, "the name of the member, as in `troupe members`")->required();
  drain->add_flag("--wait,!--no-wait", o.drain.wait, "until it owns nothing (default); --no-wait: only order it");
  auto* undo = drain->add_flag("--undo", o.drain.undo, "let it own partitions again");
  undo->excludes("--wait");
  drain->add_option("--timeout", o.drain.timeout_ms, "how long to wait until it owns nothing: 90s, 10m (default 5m)")
      ->transform(CLI::AsNumberWithUnit(std::map<std::string, long>{{"ms", 1}, {"s", 1000}, {"m", 60'000}},
                                        CLI::AsNumberWithUnit::CASE_SENSITIVE))
      ->check(CLI::Range(1L, 86'400'000L));
}

void CommandLine::add_limits() {
  Options& o = options_;
  auto* breakers = add(app_, "breakers", "the circuit breakers of calls that nodes make, and what each has seen",
                       [this, &o] { return Printed{show_breakers(nodes(), o.json)}; });
  breakers->require_subcommand(0, 1);
  for (const auto& [order, text] : {std::pair("open", "let no call of METHOD go for the breaker's open_for"),
                                    std::pair("reset", "let calls of METHOD go again, what was seen forgotten")}) {
    auto* command = add(*breakers, order, text, [this, &o, order = order] {
      return Printed{order_breakers(nodes(), o.breaker, order, o.json)};
    });
    command->add_option("METHOD", o.breaker.method, "as in Stock.reserve")->required();
    command->add_option("--at", o.breaker.member, "only of the callees of this member");
  }
  add(app_, "limits", "bulkheads and budgets of calls, and each node's limits with how full they are",
      [this, &o] { return Printed{show_limits(nodes(), o.json)}; });
}

CLI::App* CommandLine::add_watched(const char* name, const char* text, const char* path,
                                   Facts (*facts)(const std::vector<Answer>&), std::function<std::string()> show) {
  WatchOptions& watched = options_.watch;
  auto* command = add(app_, name, text, [this, &watched, path, facts, show = std::move(show)] {
    if (!watched.on) return Printed{show()};
    return Printed{{}, watch([this] { return nodes(); }, path, facts, watched, options_.json)};
  });
  command->add_flag("--watch", watched.on, "print what changes, as it comes, until Ctrl-C");
  command->add_option("--interval", watched.interval_s, "with --watch: look again after so many seconds (default 1)")
      ->check(CLI::Range(0.05, 86'400.0))
      ->check(a_number);
  return command;
}

void CommandLine::add_db() {
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
  add_sagas_in_files(
      *db, o.sagas, add_printing_one, [&o] { return files_at(o.files); }, o.json);
  add_member_commands(*db, o.members, add_printing_one, o.files, o.json);
  add_care(*db);
}

void CommandLine::add_care(CLI::App& db) {
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

void CommandLine::add_schema() {
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

void CommandLine::list_options(CLI::App& command) {
  command.add_option("--prefix", options_.list.prefix, "only keys that begin like this");
  command.add_option("--limit", options_.list.limit, "at most so many (default 100)")->check(CLI::Range(1, 10'000'000));
}

void CommandLine::add_completion() {
  add(app_, "completion", "a script for the shell to source",
      [this] { return Printed{completion(app_, options_.shell)}; })
      ->add_option("SHELL", options_.shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember(shells()));
}

}  // namespace troupe::tool

#include "stored_data_command_line.h"

namespace troupe::tool {
namespace {

using Show = std::string (*)(const StoredData&, const StoredDataOptions&, bool);

void add_actor(CLI::App& command, StoredDataOptions& options, bool required) {
  command.add_option("ACTOR", options.actor, required ? "" : "only of this one")->required(required);
}

void add_limit(CLI::App& command, StoredDataOptions& options) {
  command.add_option("--limit", options.limit, "at most so many (default 100)")->check(CLI::Range(1, 10'000'000));
}

void add_rows(CLI::App& tables, StoredDataOptions& options) {
  add_actor(tables, options, true);
  tables.add_option("TABLE", options.table, "its rows, instead of which tables there are");
  tables.add_option("--from", options.from, "the first row key; \\xNN stands for a byte");
  tables.add_option("--prefix", options.prefix, "only row keys that begin like this");
  tables.add_flag("--backward", options.backward, "from the last row down");
  add_limit(tables, options);
}

void add_past(CLI::App& history, StoredDataOptions& options) {
  add_actor(history, options, true);
  history.add_option("--at", options.at, "the state after this edit");
  history.add_flag("--diff", options.diff, "what each edit changed");
  add_limit(history, options);
}

void add_saga_options(CLI::App& command, SagaOptions& options) {
  command.add_option("--service", options.service, "only of this one");
  auto* states = command.add_option("--state", options.states, "only those that are: stuck,failed")->delimiter(',');
  command.add_flag("--stuck", options.stuck, "only those that cannot go on without help")->excludes(states);
  command.add_flag("--all", options.all, "those that are done, too")->excludes(states);
  command.add_option("--limit", options.limit, "at most so many (default 100)")->check(CLI::Range(1, 10'000'000));
}

}  // namespace

void add_sagas(CLI::App& app, SagaOptions& options, const AddCommand& add, const std::function<Nodes()>& nodes,
               const bool& json) {
  const auto show = [&options, &json, nodes] { return show_sagas(NodeStoredData(nodes()), options, json); };
  auto* saga = add(app, "saga", "durable workflows: those that are not done", show);
  saga->require_subcommand(0, 1);
  add_saga_options(*saga, options);
  add_saga_options(*add(*saga, "ls", "how each stands, and why it is stuck", show), options);
}

void add_sagas_in_files(CLI::App& db, SagaOptions& options, const AddCommand& add,
                        const std::function<FileStoredData()>& files, const bool& json) {
  add_saga_options(*add(db, "sagas", "durable workflows: those that are not done",
                        [&options, &json, files] { return show_sagas(files(), options, json); }),
                   options);
}

void add_kept(CLI::App& app, StoredDataOptions& options, const AddCommand& add, const std::function<Nodes()>& nodes,
              const bool& json) {
  StoredDataOptions& o = options;
  const auto of_nodes = [&, nodes](Show show) {
    return [&o, &json, nodes, show] { return show(NodeStoredData(nodes()), o, json); };
  };

  auto* outbox = add(app, "outbox", "durable messages that wait, by sender and receiver", of_nodes(show_outbox));
  outbox->require_subcommand(0, 1);
  outbox->add_option("--actor", o.actor, "only of this sender");
  add_limit(*outbox, o);
  auto* messages = add(*outbox, "show", "the messages of one sender", of_nodes(show_messages));
  add_actor(*messages, o, true);
  add_limit(*messages, o);

  auto* letters = add(app, "dead-letters", "messages that were given up", of_nodes(show_dead_letters));
  letters->alias("deadletters");
  letters->require_subcommand(0, 1);
  auto* ls = add(*letters, "ls", "which there are", of_nodes(show_dead_letters));
  for (auto* command : {letters, ls}) {
    command->add_option("--actor", o.actor, "only of this sender");
    add_limit(*command, o);
  }
  auto* show = add(*letters, "show", "one, whole", of_nodes(show_dead_letter));
  add_actor(*show, o, true);
  show->add_option("NUMBER", o.number)->required();
  for (const std::string what : {"retry", "drop"}) {
    auto* end = add(*letters, what.c_str(), what == "retry" ? "send them again, as new messages" : "forget them",
                    [&o, &json, nodes, what] { return end_dead_letters(nodes(), o, what, json); });
    auto* actor = end->add_option("ACTOR", o.actor);
    end->add_option("NUMBER", o.number)->needs(actor);
    end->add_flag("--all", o.all, "every one of ACTOR; without ACTOR, every one there is");
    end->add_flag("--yes", o.yes, "do it without asking");
  }

  add_rows(*add(app, "tables", "tables of an actor, or the rows of one", of_nodes(show_tables)), o);
  auto* reminders = add(app, "reminders", "reminders, the next first", of_nodes(show_reminders));
  reminders->add_option("--actor", o.actor, "only of this one");
  add_limit(*reminders, o);
  add_past(*add(app, "history", "earlier states of an actor, the newest first", of_nodes(show_history)), o);
  auto* erase = add(app, "erase", "erase an actor and all that it left",
                    [&o, &json, nodes] { return erase_actor(nodes(), o, json); });
  add_actor(*erase, o, true);
  erase->add_flag("--yes", o.yes, "do it; without, what would go is said");
}

void add_kept_in_files(CLI::App& db, StoredDataOptions& options, const AddCommand& add,
                       const std::function<FileStoredData()>& files, const bool& json) {
  StoredDataOptions& o = options;
  const auto of_files = [&, files](Show show) { return [&o, &json, files, show] { return show(files(), o, json); }; };
  auto* outbox = add(db, "outbox", "durable messages that wait: who has how many for whom, or those of one sender",
                     [&o, &json, files] { return (o.actor.empty() ? show_outbox : show_messages)(files(), o, json); });
  add_actor(*outbox, o, false);
  add_limit(*outbox, o);
  auto* letters = add(db, "dead-letters", "messages that were given up", [&o, &json, files] {
    return (o.number ? show_dead_letter : show_dead_letters)(files(), o, json);
  });
  letters->alias("deadletters");
  add_actor(*letters, o, false);
  letters->add_option("NUMBER", o.number, "one, whole");
  add_limit(*letters, o);
  add_rows(*add(db, "tables", "tables of an actor, or the rows of one", of_files(show_tables)), o);
  auto* reminders = add(db, "reminders", "reminders, the next first", of_files(show_reminders));
  add_actor(*reminders, o, false);
  add_limit(*reminders, o);
  add_past(*add(db, "history", "earlier states of an actor, the newest first", of_files(show_history)), o);
}

}  // namespace troupe::tool

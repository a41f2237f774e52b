#include "recording_commands.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <vector>

#include "show.h"
#include "troupe/admin_client.h"
#include "troupe/recorded_turns.h"

namespace troupe::tool {
namespace fs = std::filesystem;

namespace {

Json turns_in(const fs::path& file) {
  auto json = recorded_turns_json(file);
  if (!json.ok()) throw failure(json.error());
  return Json::parse(*json);
}

// The files of every place chosen, the newest first: their names begin with the time.
std::vector<fs::path> crash_files(const Nodes& nodes) {
  std::vector<fs::path> files;
  for (const auto& place : nodes.places()) {
    std::error_code ignored;
    for (const auto& entry :
         fs::directory_iterator(fs::is_directory(place) ? place / "crashes" : place.parent_path() / "crashes", ignored))
      if (entry.path().extension() == kRecordedTurnsSuffix) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end(),
            [](const fs::path& a, const fs::path& b) { return a.filename().string() > b.filename().string(); });
  return files;
}

// A path as it stands, or a file of the places chosen by its name.
std::string file_named(const std::function<Nodes()>& nodes, const std::string& name) {
  if (name.find('/') != std::string::npos || fs::exists(name)) return name;
  for (const auto& file : crash_files(nodes()))
    if (file.filename() == name || file.stem() == name) return file.string();
  throw failure(Error(ErrorKind::not_found, "there is no file " + name +
                                                ", here or in the crashes of these nodes; "
                                                "`troupe crashes ls` names them"));
}

std::string ended_how(const Json& turn) {
  const Json& error = turn.at("error");
  return text_at(turn, "outcome") + (error.is_null() ? "" : ": " + text_at(error, "message"));
}

std::string value_or(const Json& object, const char* name, const char* otherwise) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? otherwise : found->dump();
}

std::string told_line(const Json& told) {
  for (const char* kind : {"call", "message"}) {
    const auto call = told.find(kind);
    if (call == told.end()) continue;
    return std::string(kind) + " " + text_at(*call, "to") + "." + text_at(*call, "method") + " " +
           value_or(*call, "params", "");
  }
  if (const auto answer = told.find("answer"); answer != told.end()) {
    const Json& error = answer->at("error");
    return "answer to call " + text_at(*answer, "call") + " " +
           (error.is_null() ? value_or(*answer, "results", "")
                            : text_at(error, "kind") + ": " + text_at(error, "message"));
  }
  if (const auto row = told.find("row"); row != told.end())
    return "row " + text_at(*row, "table") + "/" + text_at(*row, "row") +
           (text_at(*row, "there") == "true" ? ", " + text_at(*row, "bytes") + " bytes" : ", not there");
  const auto clock = told.find("clock");
  return clock == told.end() ? told.dump() : text_at(*clock, "what") + "() " + text_at(*clock, "value");
}

std::string turn_in_lines(const Json& turn) {
  std::string out = printable(text_at(turn, "method") + " " + value_or(turn, "input", "")) + "\n";
  const auto line = [&out](const std::string& what, const std::string& value) {
    if (!value.empty()) out += "  " + what + " " + printable(value) + "\n";
  };
  line("request ", text_at(turn, "request"));
  line("began   ", moment(number_at(turn, "beganMs")));
  line("before  ", value_or(turn, "before", "no state"));
  for (const Json& told : array_at(turn, "told")) line("        ", told_line(told));
  line("missing ", text_at(turn, "missing"));
  line("ended   ", ended_how(turn));
  if (text_at(turn, "edited") == "true") line("after   ", value_or(turn, "after", "no state"));
  for (const Json& row : array_at(turn, "writes")) line("wrote   ", text_at(row, "table") + "/" + text_at(row, "row"));
  return out;
}

// The answer of the one node that could; the others say why they could not, and the last of them is told.
Json by_one(const Nodes& nodes, const std::string& path) {
  std::optional<Failure> failed;
  for (const Asked& asked : nodes.post_each(path)) {
    if (asked.body) return *asked.body;
    if (asked.failed && asked.failed->code == kUnreachable) {
      nodes.note(asked);
    } else if (!failed || failed->code == kNotFound) {
      failed = asked.failed;
    }
  }
  if (failed) throw *failed;
  throw failure(Error(ErrorKind::unavailable, "none of these nodes answers"));
}

}  // namespace

std::string start_recording(const Nodes& nodes, const RecordingOptions& options, bool json) {
  (void)actor_name(options.actor);
  const Json started = by_one(nodes, "/recordings/start?actor=" + AdminClient::encode(options.actor) + "&turns=" +
                                         std::to_string(options.turns) + "&bytes=" + std::to_string(options.bytes));
  if (json) return dumped(started);
  return "the next " + text_at(started, "mostTurns") + " turns of " + printable(options.actor) +
         " are recorded, up to " + size(number_at(started, "mostBytes")) + "; `troupe record stop " +
         printable(options.actor) + "` writes them down\n";
}

std::string stop_recording(const Nodes& nodes, const RecordingOptions& options, bool json) {
  (void)actor_name(options.actor);
  const Json stopped = by_one(nodes, "/recordings/stop?actor=" + AdminClient::encode(options.actor));
  if (json) return dumped(stopped);
  const std::uint64_t left = number_at(stopped, "left");
  return text_at(stopped, "turns") + " turns in " + printable(text_at(stopped, "file")) + "\n" +
         (left == 0 ? "" : std::to_string(left) + " more came when it was full\n");
}

std::string show_recordings(const Nodes& nodes, bool json) {
  const auto answers = nodes.get_all("/recordings");
  if (json) return as_json(answers);
  Table table({"ACTOR", "TURNS", "OF", "BYTES", "OF", "LEFT OUT", "NODE"});
  for (const auto& answer : answers)
    for (const Json& one : array_at(answer.body, "recordings"))
      table.row({text_at(one, "actor"), text_at(one, "turns"), text_at(one, "mostTurns"), size(number_at(one, "bytes")),
                 size(number_at(one, "mostBytes")), text_at(one, "left"), answer.node});
  return table.empty() ? "no actor is recorded\n" : table.text();
}

void add_recordings(CLI::App& app, RecordingOptions& options, const AddCommand& add,
                    const std::function<Nodes()>& nodes, const bool& json) {
  auto* record = app.add_subcommand("record", "have the turns of an actor kept, so that they can be run again");
  record->require_subcommand(1, 1);
  record->fallthrough();
  auto* start = add(*record, "start", "from now on",
                    [&options, &json, nodes] { return start_recording(nodes(), options, json); });
  start->add_option("ACTOR", options.actor)->required();
  start->add_option("--turns", options.turns, "so many (default 100)")->check(CLI::Range(1, 10'000));
  start->add_option("--bytes", options.bytes, "of memory (default 4194304)")->check(CLI::Range(1, 32 << 20));
  add(*record, "stop", "and write them into a file on the node's machine",
      [&options, &json, nodes] { return stop_recording(nodes(), options, json); })
      ->add_option("ACTOR", options.actor)
      ->required();
  add(*record, "ls", "whose turns are kept", [&json, nodes] { return show_recordings(nodes(), json); });
  const auto list = [&options, &json, nodes] { return show_crash_files(nodes(), options, json); };
  auto* crashes = add(app, "crashes", "files of turns that crashed, also of nodes that are dead", list);
  crashes->require_subcommand(0, 1);
  add(*crashes, "ls", "which there are, the newest first", list)->add_option("ACTOR", options.actor);
  const auto with_file = [&options](CLI::App* command) {
    command->add_option("FILE", options.file, "a path, or a name as in `troupe crashes ls`")->required();
  };
  with_file(add(*crashes, "get", "what the turn was given, what it was told, and how it ended",
                [&options, &json, nodes] { return show_recorded_turns(file_named(nodes, options.file), json); }));
  with_file(add(*crashes, "test", "a test in C++ that fails until the crash is mended",
                [&options, nodes] { return test_of_crash(file_named(nodes, options.file)); }));
  with_file(add(app, "replay", "what a file of recorded turns holds; the program that hosts the actor runs it",
                [&options, &json, nodes] { return show_recorded_turns(file_named(nodes, options.file), json); }));
}

std::string show_crash_files(const Nodes& nodes, const RecordingOptions& options, bool json) {
  Json all = Json::array();
  Table table({"WHEN", "ACTOR", "METHOD", "ENDED", "NODE", "FILE"});
  for (const auto& file : crash_files(nodes)) {
    Json recording;
    try {
      recording = turns_in(file);
    } catch (const Failure& failed) {
      if (!options.actor.empty()) continue;
      all.push_back({{"file", file.string()}, {"error", failed.error}});
      table.row({"", "", "", failed.message(), "", file.string()});
      continue;
    }
    const Json& turns = array_at(recording, "turns");
    if (turns.empty() || (!options.actor.empty() && text_at(recording, "actor") != options.actor)) continue;
    const Json& last = turns.back();
    all.push_back({{"file", file.string()},
                   {"actor", recording["actor"]},
                   {"method", last["method"]},
                   {"takenMs", recording["takenMs"]},
                   {"node", recording["node"]},
                   {"error", last["error"]},
                   {"whole", text_at(last, "missing").empty()}});
    table.row({moment(number_at(recording, "takenMs")), text_at(recording, "actor"), text_at(last, "method"),
               ended_how(last), text_at(recording, "node"), file.string()});
  }
  if (json) return dumped(all);
  return table.empty() ? "no crash has left a file\n" : table.text();
}

std::string show_recorded_turns(const std::string& file, bool json) {
  const Json recording = turns_in(file);
  if (json) return dumped(recording);
  std::string out = printable(text_at(recording, "actor")) + ", recorded on " + printable(text_at(recording, "node")) +
                    " at " + moment(number_at(recording, "takenMs")) + "\n";
  for (const Json& turn : array_at(recording, "turns")) out += "\n" + turn_in_lines(turn);
  return out +
         "\nThe program that hosts the actor runs it again: troupe::replay_main() in troupe/replay.h, or\n"
         "`troupe crashes test` writes a test.\n";
}

std::string test_of_crash(const std::string& file) {
  const Json recording = turns_in(file);
  const std::string actor = text_at(recording, "actor");
  const std::string service = actor.substr(0, actor.find('/'));
  const Json& turns = array_at(recording, "turns");
  if (turns.empty()) throw failure(Error(ErrorKind::invalid, file + " holds no turn"));
  const std::string path = Json(fs::absolute(file).string()).dump();
  std::string claim = actor + "." + text_at(turns.back(), "method") + " does not crash any more";
  return "// Runs a turn again that crashed: " + printable(ended_how(turns.back())) +
         "\n// Fails until that is mended. Keep the file beside the test, and name it here; it holds all that the "
         "turn\n"
         "// was told, secrets too. Link Troupe::testing.\n"
         "#include <doctest/doctest.h>\n#include <troupe/replay.h>\n\n"
         "// The class of " +
         service +
         " is made known here.\n\n"
         "TEST_CASE(" +
         Json(claim).dump() +
         ") {\n"
         "  const auto report = troupe::replay(" +
         path + ", [](troupe::Node& node) { node.host<" + service +
         ">(); });\n\n"
         "  CHECK_MESSAGE(!report.crashed(), report.text());\n"
         "}\n";
}

}  // namespace troupe::tool

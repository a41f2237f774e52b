#include "stored_data_commands.h"

#include <algorithm>
#include <functional>

#include "pages.h"
#include "show.h"
#include "troupe/admin_client.h"

namespace troupe::tool {
namespace {

// The most that one answer tells.
constexpr std::size_t kMostChannels = kMostPerPage;
constexpr std::size_t kMostReminders = 10'000;

std::string in_a_line(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

// Every line of one actor, or of every node, up to the limit. True: there is more.
bool each_kept(const StoredData& kept, const StoredDataOptions& options, const std::string& what, const char* lines,
               const std::function<void(const Json&, const std::string& node)>& take) {
  const std::string path = "/" + what;
  if (!options.actor.empty()) {
    return each_line([&](const std::string& at) { return kept.of_actor(at); }, actor_path(options.actor) + path, lines,
                     options.limit, [&](const Json& line) { take(line, ""); });
  }
  bool more = false;
  std::size_t taken = 0;
  kept.read_each([&](const std::string& node, const Nodes::Get& get) {
    const bool rest = each_line(get, path, lines, options.limit - taken, [&](const Json& line) {
      take(line, node);
      ++taken;
    });
    more = more || rest;
  });
  return more;
}

const char* more_text(bool more) { return more ? "there is more; raise --limit\n" : ""; }

void add_node(Json& line, const std::string& node) {
  if (!node.empty()) line["node"] = node;
}

// "\x00\x2a" for bytes that cannot be typed.
std::string row_key_bytes(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    const std::string digits = text.substr(i + 1, 1) == "x" ? text.substr(i + 2, 2) : "";
    if (digits.size() != 2 || digits.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos)
      throw usage("'" + text + "': a backslash begins a byte, as in \\x2f");
    out += static_cast<char>(std::stoi(digits, nullptr, 16));
    i += 3;
  }
  return out;
}

}  // namespace

// --- messages ---

std::string show_outbox(const StoredData& kept, const StoredDataOptions& options, bool json) {
  Json all = Json::array();
  Table table({"FROM", "TO", "WAITING", "UNDER WAY", "OLDEST", "TRIES", "LAST ERROR", "NODE"});
  std::string totals;
  bool more = false, not_all_seen = false;
  for (const auto& answer : kept.of_all(with("/outbox", "limit", std::to_string(kMostChannels)))) {
    Json one = {{"node", answer.node}, {"totals", answer.body.value("totals", Json::object())}};
    Json& channels = one["channels"] = Json::array();
    const Json& told = array_at(answer.body, "channels");
    not_all_seen = not_all_seen || told.size() == kMostChannels;
    for (const Json& channel : told) {
      if (!options.actor.empty() && text_at(channel, "from") != options.actor) continue;
      more = more || channels.size() == options.limit;
      if (channels.size() == options.limit) break;
      channels.push_back(channel);
      table.row({text_at(channel, "from"), text_at(channel, "to"), text_at(channel, "waiting"),
                 text_at(channel, "underWay"), duration(number_at(channel, "oldestMs")), text_at(channel, "tries"),
                 text_at(channel, "lastError"), answer.node});
    }
    const Json& sums = one["totals"];
    totals += (answer.node.empty() ? "" : printable(answer.node) + ": ") + text_at(sums, "waiting") + " waiting";
    if (!answer.node.empty())
      totals += ", " + text_at(sums, "delivered") + " delivered, " + text_at(sums, "repeated") + " repeated, " +
                text_at(sums, "givenUp") + " given up since it started";
    totals += "\n";
    all.push_back(std::move(one));
  }
  if (json) return dumped(all);
  std::string rest = more_text(more);
  if (not_all_seen)
    rest += "a node tells of the " + std::to_string(kMostChannels) +
            " channels whose messages wait longest; `troupe outbox show ACTOR` has all of one sender\n";
  return totals + (table.empty() ? "" : "\n" + table.text()) + rest;
}

std::string show_messages(const StoredData& kept, const StoredDataOptions& options, bool json) {
  Json all = Json::array();
  Table table({"NUMBER", "TO", "METHOD", "AGE", "PARAMETERS"});
  const bool more = each_kept(kept, options, "outbox", "messages", [&](const Json& line, const std::string&) {
    all.push_back(line);
    table.row({text_at(line, "number"), text_at(line, "to"), text_at(line, "method"), ago(number_at(line, "sentMs")),
               in_a_line(line.value("params", Json()))});
  });
  if (json) return dumped(all);
  return (table.empty() ? "no messages wait\n" : table.text()) + more_text(more);
}

// --- dead letters ---

std::string show_dead_letters(const StoredData& kept, const StoredDataOptions& options, bool json) {
  Json all = Json::array();
  Table table({"FROM", "NUMBER", "TO", "METHOD", "TRIES", "GIVEN UP", "ERROR", "NODE"});
  const bool more =
      each_kept(kept, options, "dead-letters", "deadLetters", [&](const Json& line, const std::string& node) {
        all.push_back(line);
        add_node(all.back(), node);
        table.row({text_at(line, "from"), text_at(line, "number"), text_at(line, "to"), text_at(line, "method"),
                   text_at(line, "tries"), moment(number_at(line, "givenUpMs")),
                   text_at(line, "errorKind") + ": " + text_at(line, "error"), node});
      });
  if (json) return dumped(all);
  return (table.empty() ? "no dead letters\n" : table.text()) + more_text(more);
}

std::string show_dead_letter(const StoredData& kept, const StoredDataOptions& options, bool json) {
  Json found;
  StoredDataOptions every = options;
  every.limit = ~std::size_t{0};
  (void)each_kept(kept, every, "dead-letters", "deadLetters", [&](const Json& line, const std::string&) {
    if (number_at(line, "number") == *options.number) found = line;
  });
  if (found.is_null())
    throw failure(Error(ErrorKind::not_found,
                        options.actor + " has no dead letter of number " + std::to_string(*options.number)));
  if (json) return dumped(found);
  return printable(text_at(found, "from")) + " sent message " + text_at(found, "number") + " to " +
         printable(text_at(found, "to") + "." + text_at(found, "method")) + " at " +
         moment(number_at(found, "sentMs")) + "; given up at " + moment(number_at(found, "givenUpMs")) + " after " +
         text_at(found, "tries") + " tries:\n  " +
         printable(text_at(found, "errorKind") + ": " + text_at(found, "error")) + "\n" +
         (text_at(found, "answer").empty() ? ""
                                           : "its answer is wanted: " + printable(text_at(found, "answer")) + "\n") +
         dumped(found.value("params", Json()));
}

std::string end_dead_letters(const Nodes& nodes, const StoredDataOptions& options, const std::string& what, bool json) {
  const std::string done = what == "retry" ? "retried" : "dropped";
  const auto end = [&](const std::string& actor, const std::string& number) {
    const Json answer = nodes.post_actor(with(actor_path(actor) + "/dead-letters/" + what, "number", number));
    return number_at(answer, done.c_str());
  };
  std::uint64_t ended = 0;
  if (options.number) {
    ended = end(options.actor, std::to_string(*options.number));
  } else {
    if (!options.all) throw usage("which dead letters? Name one by its number, or all of them with --all");
    if (!options.yes)
      throw usage("this would " + what + " every dead letter" +
                  (options.actor.empty() ? "" : " of " + printable(options.actor)) + "; add --yes to do it");
    std::vector<std::string> actors;
    StoredDataOptions every = options;
    every.limit = ~std::size_t{0};
    if (!options.actor.empty()) {
      actors = {options.actor};
    } else {
      (void)each_kept(NodeStoredData(nodes), every, "dead-letters", "deadLetters",
                      [&](const Json& line, const std::string&) { actors.push_back(text_at(line, "from")); });
      std::sort(actors.begin(), actors.end());
      actors.erase(std::unique(actors.begin(), actors.end()), actors.end());
    }
    for (const auto& actor : actors) ended += end(actor, "all");
  }
  return json ? dumped({{done, ended}})
              : std::to_string(ended) + (ended == 1 ? " dead letter " : " dead letters ") + done + "\n";
}

// --- tables ---

namespace {

std::string show_rows(const StoredData& kept, const StoredDataOptions& options, bool json) {
  std::string path = actor_path(options.actor) + "/tables/" + AdminClient::encode(options.table);
  if (!options.from.empty()) path = with(path, "from", row_key_bytes(options.from));
  if (!options.prefix.empty()) path = with(path, "prefix", row_key_bytes(options.prefix));
  if (options.backward) path = with(path, "backward", "1");
  Json all = Json::array();
  Table table({"KEY", "ROW"});
  const bool more = each_line([&](const std::string& at) { return kept.of_actor(at); }, path, "rows", options.limit,
                              [&](const Json& line) {
                                all.push_back(line);
                                table.row({text_at(line, "key"), in_a_line(line.value("row", Json()))});
                              });
  if (json) return dumped(all);
  return (table.empty() ? "no such rows\n" : table.text()) + more_text(more);
}

}  // namespace

std::string show_tables(const StoredData& kept, const StoredDataOptions& options, bool json) {
  if (!options.table.empty()) return show_rows(kept, options, json);
  const Json tables = array_at(kept.of_actor(actor_path(options.actor) + "/tables"), "tables");
  if (json) return dumped(tables);
  Table table({"TABLE", "ROWS", "OF"});
  for (const Json& line : tables) table.row({text_at(line, "name"), text_at(line, "rows"), text_at(line, "rowType")});
  return table.empty() ? "no tables\n" : table.text();
}

// --- reminders ---

namespace {

// How those fare that are due, and which fail.
std::string show_due(const StoredData& kept) {
  std::string sums;
  Table table({"FAILING", "REMINDER", "DUE", "TRIES", "AGAIN IN", "LAST ERROR", "NODE"});
  for (const auto& answer : kept.of_all("/reminders/due")) {
    const Json& due = answer.body;
    sums += printable(answer.node) + ": " + text_at(due, "due") + " due, " + text_at(due, "failing") + " failing, " +
            text_at(due, "fired") + " fired since it started\n";
    for (const Json& one : array_at(due, "worst"))
      table.row({text_at(one, "actor"), text_at(one, "name"), moment(number_at(one, "dueMs")), text_at(one, "tries"),
                 duration(number_at(one, "againInMs")), text_at(one, "lastError"), answer.node});
  }
  return sums + (table.empty() ? "" : "\n" + table.text()) + "\n";
}

}  // namespace

std::string show_reminders(const StoredData& kept, const StoredDataOptions& options, bool json) {
  Json all = Json::array();
  bool more = false;
  const std::size_t most = std::min(options.limit, kMostReminders);
  const auto take = [&](const std::string& node, const Nodes::Get& get) {
    const std::string path = (options.actor.empty() ? "" : actor_path(options.actor)) + "/reminders";
    const Json answer = get(with(path, "limit", std::to_string(most)));
    const Json& lines = array_at(answer, "reminders");
    more = more || lines.size() == most;
    for (const Json& line : lines) {
      all.push_back(line);
      add_node(all.back(), node);
    }
  };
  if (options.actor.empty()) {
    kept.read_each(take);
  } else {
    take("", [&](const std::string& path) { return kept.of_actor(path); });
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Json& a, const Json& b) { return number_at(a, "dueMs") < number_at(b, "dueMs"); });
  if (all.size() > options.limit) all.erase(all.begin() + static_cast<std::ptrdiff_t>(options.limit), all.end());
  if (json) return dumped(all);
  const std::string failing = kept.runs() && options.actor.empty() ? show_due(kept) : "";
  const std::uint64_t now = now_ms();
  Table table({"DUE", "IN", "EVERY", "ACTOR", "REMINDER", "NODE"});
  for (const Json& line : all) {
    const std::uint64_t due = number_at(line, "dueMs"), period = number_at(line, "periodMs");
    table.row({moment(due), due > now ? duration(due - now) : "overdue " + duration(now - due),
               period == 0 ? "" : duration(period), text_at(line, "actor"), text_at(line, "name"),
               text_at(line, "node")});
  }
  return failing + (table.empty() ? "no reminders\n" : table.text()) +
         (!more                   ? ""
          : most == options.limit ? "there may be more; raise --limit\n"
                                  : "there may be more; a node tells of no more than 10,000\n");
}

// --- earlier states ---

namespace {

// "/onHand: 5 -> 3" for every field that differs.
Json changes(const Json& before, const Json& after) {
  const auto flat = [](const Json& state) { return state.is_structured() ? state.flatten() : Json::object(); };
  const Json old = flat(before), now = flat(after);
  Json out = Json::array();
  for (const auto& [path, value] : now.items()) {
    const Json was = old.value(path, Json());
    if (was != value) out.push_back({{"field", path}, {"before", was}, {"after", value}});
  }
  for (const auto& [path, value] : old.items())
    if (!now.contains(path)) out.push_back({{"field", path}, {"before", value}, {"after", nullptr}});
  return out;
}

std::string title_of(const Json& state) {
  return "edit " + text_at(state, "edit") + " by " + printable(text_at(state, "method")) + " at " +
         moment(number_at(state, "atMs")) + ", request " + printable(text_at(state, "id"));
}

}  // namespace

std::string show_history(const StoredData& kept, const StoredDataOptions& options, bool json) {
  Json states = Json::array();  // the newest first; with --diff one more, to compare the last with
  StoredDataOptions wanted = options;
  wanted.limit = options.at ? ~std::size_t{0} : options.limit + (options.diff ? 1 : 0);
  const bool more = each_kept(kept, wanted, "history", "states",
                              [&](const Json& line, const std::string&) { states.push_back(line); });
  if (options.diff) {
    for (std::size_t i = 0; i + 1 < states.size(); ++i)
      states[i]["changes"] = changes(states[i + 1].value("state", Json()), states[i].value("state", Json()));
    if (!states.empty()) states.back()["changes"] = changes(Json(), states.back().value("state", Json()));
    if (!options.at && states.size() > options.limit) states.erase(states.size() - 1);
  }
  if (options.at) {
    const auto found = std::find_if(states.begin(), states.end(),
                                    [&](const Json& state) { return number_at(state, "edit") == *options.at; });
    if (found == states.end())
      throw failure(Error(ErrorKind::not_found, "the state of " + options.actor + " after edit " +
                                                    std::to_string(*options.at) + " is not kept (any more)"));
    states = Json::array({Json(*found)});
  }
  if (json) return dumped(states);
  if (states.empty()) return "no earlier states: its service keeps none, or nothing was ever committed\n";
  std::string out;
  for (const Json& state : states) {
    out += title_of(state) + "\n";
    if (!options.diff) {
      out += dumped(state.value("state", Json()));
      continue;
    }
    for (const Json& change : array_at(state, "changes"))
      out += "  " + printable(text_at(change, "field")) + ": " + printable(in_a_line(change["before"])) + " -> " +
             printable(in_a_line(change["after"])) + "\n";
  }
  return out + more_text(more && !options.at);
}

// --- erasing ---

std::string erase_actor(const Nodes& nodes, const StoredDataOptions& options, bool json) {
  const std::string path = actor_path(options.actor);
  if (!options.yes) {
    const Json view = nodes.get_actor(path);
    std::string what = "its state (" + size(number_at(view, "stateBytes")) + ")";
    const Json rows = nodes.get_actor(path + "/rows");
    for (const Json& line : array_at(rows, "kinds"))
      what += ", " + text_at(line, "rows") + " rows of kind " + text_at(line, "kind");
    throw usage("this would erase " + printable(options.actor) + ": " + what + "; add --yes to do it");
  }
  const Json answer = nodes.post_actor(path + "/erase");
  return json ? dumped(answer) : "erased " + printable(options.actor) + "\n";
}

}  // namespace troupe::tool

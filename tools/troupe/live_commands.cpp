#include "live_commands.h"

#include <algorithm>
#include <iostream>
#include <iterator>

#include "show.h"
#include "tree_text.h"
#include "troupe/admin_client.h"

namespace troupe::tool {
namespace {

std::string dumped(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

// [{"node": "shop-1", ...}]
std::string as_json(const std::vector<Answer>& answers) {
  Json all = Json::array();
  for (const auto& answer : answers) {
    Json one = {{"node", answer.node}};
    one.update(answer.body);
    all.push_back(std::move(one));
  }
  return dumped(all);
}

const Json& array_at(const Json& object, const char* name) {
  static const Json none = Json::array();
  const auto found = object.find(name);
  return found != object.end() && found->is_array() ? *found : none;
}

// "order: 1" lines of a struct, nested ones indented.
void lines_of(const Json& value, const std::string& indent, std::string& out) {
  for (const auto& [name, member] : value.items()) {
    if (member.is_object() && !member.empty()) {
      out += indent + printable(name) + ":\n";
      lines_of(member, indent + "  ", out);
    } else {
      out += indent + printable(name) + ": " +
             printable(member.is_string() ? member.get<std::string>()
                                          : member.dump(-1, ' ', false, Json::error_handler_t::replace)) +
             "\n";
    }
  }
}

void branch(const Json& view, const std::string& indent, std::string& out) {
  out += indent + printable(text_at(view, "name")) + "  " + printable(text_at(view, "policy")) + "; " +
         text_at(view, "children") + " live, " + text_at(view, "restarts") + " restarts";
  if (number_at(view, "quarantined") > 0) out += ", " + text_at(view, "quarantined") + " QUARANTINED";
  out += "\n";
  for (const Json& below : array_at(view, "supervisors")) branch(below, indent + "  ", out);
}

}  // namespace

std::string show_nodes(const Nodes& nodes, bool json) {
  Json all = Json::array();
  Table table({"NODE", "STATUS", "PID", "PORT", "UPTIME", "ACTORS", "PENDING", "RECORDS", "MEMBERS UP"});
  bool one_runs = false;
  std::optional<Failure> last;
  for (const auto& place : nodes.places()) {
    try {
      const Json node = nodes.get(place, "/node");
      one_runs = true;
      const Json& members = array_at(node, "members");
      const auto up = std::count_if(members.begin(), members.end(), [](const Json& m) { return m.value("up", false); });
      const Json store = node.value("store", Json());
      table.row({text_at(node, "name"), "running", text_at(node, "pid"), text_at(node, "port"),
                 duration(number_at(node, "uptimeMs")), text_at(node, "activations"), text_at(node, "pendingCalls"),
                 store.is_object() ? text_at(store, "records") : "",
                 std::to_string(up) + " of " + std::to_string(members.size())});
      all.push_back(node);
      all.back()["status"] = "running";
    } catch (const Failure& failed) {
      if (failed.code != kUnreachable) throw;
      last = failed;
      const std::string name = place.filename().string();
      table.row({name, "not running"});
      all.push_back({{"name", name}, {"status", "not running"}, {"error", failed.error}});
    }
  }
  if (!one_runs && nodes.places().size() == 1) throw *last;
  return json ? dumped(all) : table.text();
}

std::string show_list(const Nodes& nodes, const ListOptions& options, bool json) {
  const std::string query = "/actors?service=" + AdminClient::encode(options.service) +
                            "&prefix=" + AdminClient::encode(options.prefix) + "&limit=";
  Json all = Json::array();
  bool more = false;
  for (const auto& place : nodes.places()) {
    std::string name, after;
    try {
      name = nodes.get(place, "/node").value("name", std::string());
    } catch (const Failure& failed) {
      if (failed.code != kUnreachable || nodes.places().size() == 1) throw;
      continue;
    }
    do {
      const std::size_t wanted = std::min<std::size_t>(options.limit - all.size(), 1000);
      if (wanted == 0) break;
      const Json page = nodes.get(
          place, query + std::to_string(wanted) + (after.empty() ? "" : "&after=" + AdminClient::encode(after)));
      for (const Json& line : array_at(page, "actors")) {
        all.push_back(line);
        all.back()["node"] = name;
      }
      after = text_at(page, "next");
    } while (!after.empty());
    more = more || !after.empty() || all.size() >= options.limit;
  }
  if (json) return dumped(all);
  std::sort(all.begin(), all.end(), [](const Json& a, const Json& b) {
    return std::pair(text_at(a, "service"), text_at(a, "key")) < std::pair(text_at(b, "service"), text_at(b, "key"));
  });
  Table table({"ACTOR", "STATUS", "MAILBOX", "RESTARTS", "STATE", "NODE"});
  for (const Json& line : all)
    table.row({text_at(line, "service") + "/" + text_at(line, "key"), text_at(line, "status"), text_at(line, "mailbox"),
               text_at(line, "restarts"), size(number_at(line, "stateBytes")), text_at(line, "node")});
  if (table.empty()) return "no actors\n";
  return table.text() + (more ? "there may be more; raise --limit\n" : "");
}

std::string show_tree(const Nodes& nodes, bool json) {
  const auto answers = nodes.get_trees();
  if (json) return as_json(answers);
  std::string out;
  for (const auto& answer : answers) {
    const bool of_processes = text_at(answer.body, "kind") == "processes";
    out += printable(answer.node) + (of_processes ? "  processes" : "") + "\n";
    if (const auto tree = answer.body.find("supervision"); tree != answer.body.end() && tree->is_object())
      out += show_supervision(*tree);
    if (!of_processes) branch(answer.body, "  ", out);
  }
  return out;
}

std::string show_links(const Nodes& nodes, bool json) {
  const auto answers = nodes.get_all("/links");
  if (json) return as_json(answers);
  Table table({"NODE", "PEER", "STATUS", "ADDRESS", "PENDING", "BACKLOG", "SENT", "RECEIVED", "RTT US", "REFUSED",
               "LAST ERROR"});
  for (const auto& answer : answers)
    for (const Json& link : array_at(answer.body, "links"))
      table.row(
          {answer.node, text_at(link, "peer"), link.value("up", false) ? "up" : "down", text_at(link, "address"),
           text_at(link, "pendingCalls"), size(number_at(link, "backlogBytes")), size(number_at(link, "bytesOut")),
           size(number_at(link, "bytesIn")), std::to_string(static_cast<long>(link.value("rttUs", 0.0))),
           std::to_string(number_at(link, "refusedOut") + number_at(link, "refusedIn")), text_at(link, "lastError")});
  return table.empty() ? "no links: a cluster of one\n" : table.text();
}

std::string show_overload(const Nodes& nodes, bool json) {
  auto answers = nodes.get_all("/node");
  for (auto& answer : answers) answer.body = answer.body.value("overload", Json::object());
  if (json) return as_json(answers);
  const auto of = [](std::uint64_t level, std::uint64_t limit) {
    return std::to_string(level) + " of " + std::to_string(limit);
  };
  Table levels({"NODE", "QUEUED CALLS", "QUEUED BYTES", "WAIT MS", "TARGET MS", "SHEDDING"});
  Table refused({"NODE", "REFUSED BY", "CALLS", "TUNE"});
  // What turned calls away, in words, and the field of NodeConfig behind it.
  constexpr const char* kBounds[][3] = {
      {"mailbox", "an actor's mailbox", "max_mailbox"},
      {"actorDelay", "delay at an actor (shed)", "overload.target"},
      {"nodeCalls", "calls on the node", "overload.max_queued_calls"},
      {"nodeBytes", "bytes on the node", "overload.max_queued_bytes"},
      {"nodeDelay", "delay on the node (shed)", "overload.target"},
      {"hostCalls", "calls of host threads", ""},
      {"commits", "commits that wait", ""},
      {"linksOut", "a link, outgoing", "overload.max_link_calls, max_link_bytes"},
      {"linksIn", "a link, incoming", "overload.max_link_calls, max_link_bytes"},
  };
  for (const auto& answer : answers) {
    const Json& view = answer.body;
    levels.row({answer.node, of(number_at(view, "queuedCalls"), number_at(view, "maxQueuedCalls")),
                size(number_at(view, "queuedBytes")) + " of " + size(number_at(view, "maxQueuedBytes")),
                text_at(view, "waitMs"), text_at(view, "targetMs"), view.value("shedding", false) ? "YES" : "no"});
    const Json counts = view.value("refused", Json::object());
    for (const auto& [name, words, field] : kBounds)
      if (number_at(counts, name) > 0) refused.row({answer.node, words, text_at(counts, name), field});
  }
  return levels.text() + "\n" + (refused.empty() ? "nothing was refused\n" : refused.text());
}

std::string show_services(const Nodes& nodes, bool json) {
  const auto answers = nodes.get_all("/services");
  if (json) return as_json(answers);
  std::string out;
  for (const auto& answer : answers) {
    out += printable(answer.node) + "\n";
    for (const Json& service : array_at(answer.body, "services")) {
      const std::string state = text_at(service, "stateType");
      out += "  " + printable(text_at(service, "name")) +
             (state.empty() ? "  stateless" : "  state " + printable(state)) + "; " + text_at(service, "activations") +
             " live\n";
      for (const Json& method : array_at(service, "methods")) {
        out += "    " + printable(text_at(method, "name") + " " + text_at(method, "params") + " -> " +
                                  text_at(method, "results"));
        for (const char* option : {"readOnly", "reentrant", "retry"})
          if (method.value(option, false)) out += std::string("  ") + option;
        out += "\n";
      }
    }
  }
  return out;
}

HealthShown show_health(const Nodes& nodes, bool json) {
  const auto answers = nodes.get_all("/health");
  const bool healthy = std::all_of(answers.begin(), answers.end(),
                                   [](const Answer& answer) { return answer.body.value("healthy", false); });
  if (json) return {as_json(answers), healthy};
  std::string out;
  for (const auto& answer : answers) {
    out += printable(answer.node) + (answer.body.value("healthy", false) ? "  healthy" : "  UNHEALTHY") + "; " +
           text_at(answer.body, "workers") + " worker threads\n";
    for (const Json& fault : array_at(answer.body, "faults"))
      out += "  " + printable(text_at(fault, "name") + ": " + text_at(fault, "message")) + "\n";
    for (const Json& thread : array_at(answer.body, "blocked")) {
      const std::string actor = text_at(thread, "actor");
      out += "  thread " + text_at(thread, "thread") + " is held by " +
             printable(actor.empty() ? "the runtime's own work" : actor + "." + text_at(thread, "method")) + " for " +
             duration(number_at(thread, "heldMs")) + "; " + printable(text_at(thread, "kernel")) + "\n";
    }
  }
  return {out, healthy};
}

std::string show_turns(const Nodes& nodes, std::chrono::milliseconds over, bool json) {
  auto answers = nodes.get_all("/turns");
  Table table({"NODE", "ACTOR", "METHOD", "AGE", "IT", "ID"});
  std::string off;
  for (auto& answer : answers) {
    Json kept = Json::array();
    for (const Json& turn : array_at(answer.body, "turns")) {
      if (static_cast<std::int64_t>(number_at(turn, "ageMs")) < over.count()) continue;
      table.row({answer.node, text_at(turn, "actor"), text_at(turn, "method"), duration(number_at(turn, "ageMs")),
                 text_at(turn, "at"), text_at(turn, "id")});
      kept.push_back(turn);
    }
    if (number_at(answer.body, "slowTurnMs") == 0) off += printable(answer.node) + " looks for none\n";
    answer.body["turns"] = std::move(kept);
  }
  if (json) return as_json(answers);
  return (table.empty() ? "no slow turns\n" : table.text()) + off;
}

std::string show_metrics(const Nodes& nodes, bool json) {
  const auto answers = nodes.get_all("/metrics");
  if (json) return as_json(answers);
  Table table({"NODE", "METRIC", "VALUE", "WHAT"});
  for (const auto& answer : answers)
    for (const Json& metric : array_at(answer.body, "metrics"))
      table.row({answer.node, text_at(metric, "name"), text_at(metric, "value"), text_at(metric, "text")});
  return table.text();
}

std::string show_actor(const Nodes& nodes, const std::string& actor, bool json) {
  const Json view = nodes.get_actor(actor_path(actor));
  if (json) return dumped(view);
  std::string out;
  Json plain = view;
  for (const char* list : {"turns", "pendingCalls", "children"}) plain.erase(list);
  lines_of(plain, "", out);
  Table turns({"TURN", "AGE", "STATUS", "ID"});
  for (const Json& turn : array_at(view, "turns"))
    turns.row({text_at(turn, "method"), duration(number_at(turn, "ageMs")),
               turn.value("waiting", false) ? "waiting" : "running", text_at(turn, "id")});
  if (!turns.empty()) out += "\n" + turns.text();
  Table calls({"PENDING CALL", "METHOD", "AGE", "DEADLINE IN MS", "ID"});
  for (const Json& call : array_at(view, "pendingCalls"))
    calls.row({text_at(call, "actor"), text_at(call, "method"), duration(number_at(call, "ageMs")),
               text_at(call, "deadlineInMs"), text_at(call, "id")});
  if (!calls.empty()) out += "\n" + calls.text();
  for (const Json& child : array_at(view, "children"))
    out += "child: " + printable(child.is_string() ? child.get<std::string>() : "") + "\n";
  if (!view.value("answered", true))
    out += "\nIt is busy in a turn that holds its thread; this is what is known from outside.\n";
  return out;
}

std::string show_state(const Nodes& nodes, const std::string& actor, bool json) {
  const Json answer = nodes.get_actor(actor_path(actor) + "/state");
  const Json state = answer.value("state", Json());
  if (state.is_null())
    throw failure(Error(ErrorKind::not_found, actor + " has no state: nothing was ever committed for it"));
  if (json) return dumped(state);
  std::string out;
  lines_of(state, "", out);
  return out;
}

std::string show_call(const Nodes& nodes, const CallOptions& options, bool json) {
  std::string parameters = options.json;
  if (parameters == "-") parameters.assign(std::istreambuf_iterator<char>(std::cin), {});
  // Rounded so that the node's own deadline comes first and its error is the one that is shown.
  constexpr std::chrono::milliseconds kSlack{2'000};
  const Json answer = nodes.post(actor_path(options.actor) + "/call/" + AdminClient::encode(options.method) +
                                     "?timeout_ms=" + std::to_string(options.timeout.count()),
                                 parameters, options.timeout + kSlack);
  const Json results = answer.value("results", Json::object());
  if (json) return dumped(results);
  std::string out;
  lines_of(results, "", out);
  return out.empty() ? "done\n" : out;
}

}  // namespace troupe::tool

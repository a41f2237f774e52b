#include "live_commands.h"

#include <algorithm>
#include <iostream>
#include <iterator>

#include "pages.h"
#include "show.h"
#include "troupe/admin_client.h"

namespace troupe::tool {
namespace {

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

}  // namespace

// What `nodes` says of one that does not answer.
std::string status_of(const Failure& failed) {
  const std::string code = failed.error.value("code", std::string());
  if (code == "killed" || code == "stopped") return code;
  if (code == "permission") return "permission denied";
  return code == "no_answer" ? "no answer" : failed.error.value("kind", std::string("no answer"));
}

Shown show_nodes(const Nodes& nodes, bool json) {
  Json all = Json::array();
  Table table({"NODE", "STATUS", "PID", "PORT", "UPTIME", "ACTORS", "PENDING", "RECORDS", "MEMBERS UP"});
  std::string why;
  const auto asked = nodes.ask_each("/node");
  for (const auto& one : asked) {
    if (one.failed) {
      if (asked.size() == 1) throw Failure(*one.failed);
      const std::string status = status_of(*one.failed);
      table.row({one.name, status});
      all.push_back({{"name", one.name}, {"status", status}, {"error", one.failed->error}});
      why += printable(one.name + ": " + one.failed->message()) + "\n";
      continue;
    }
    const Json& node = *one.body;
    const Json& members = array_at(node, "members");
    const auto up = std::count_if(members.begin(), members.end(), [](const Json& m) { return m.value("up", false); });
    const Json store = node.value("store", Json());
    table.row({one.name, "running", text_at(node, "pid"), text_at(node, "port"), duration(number_at(node, "uptimeMs")),
               text_at(node, "activations"), text_at(node, "pendingCalls"),
               store.is_object() ? text_at(store, "records") : "",
               std::to_string(up) + " of " + std::to_string(members.size())});
    all.push_back(node);
    all.back()["status"] = "running";
  }
  return {json ? dumped(all) : table.text() + (why.empty() ? "" : "\n" + why), why.empty() ? kDone : kUnreachable};
}

std::string show_list(const Nodes& nodes, const ListOptions& options, bool json) {
  const std::string path = with(with("/actors", "service", options.service), "prefix", options.prefix);
  Json all = Json::array();
  bool more = false;
  nodes.read_each([&](const std::string& node, const Nodes::Get& get) {
    const bool rest = each_line(get, path, "actors", options.limit - all.size(), [&](const Json& line) {
      all.push_back(line);
      all.back()["node"] = node;
    });
    more = more || rest;
  });
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

std::string show_links(const Nodes& nodes, bool json) {
  const auto answers = nodes.get_all("/links");
  if (json) return as_json(answers);
  Table table(
      {"NODE", "PEER", "STATUS", "ADDRESS", "PENDING", "BACKLOG", "SENT", "RECEIVED", "RTT", "REFUSED", "LAST ERROR"});
  for (const auto& answer : answers)
    for (const Json& link : array_at(answer.body, "links"))
      table.row({answer.node, text_at(link, "peer"), link.value("up", false) ? "up" : "down", text_at(link, "address"),
                 text_at(link, "pendingCalls"), size(number_at(link, "backlogBytes")),
                 size(number_at(link, "bytesOut")), size(number_at(link, "bytesIn")),
                 link.value("up", false) ? std::to_string(static_cast<long>(link.value("rttUs", 0.0))) + " us" : "",
                 std::to_string(number_at(link, "refusedOut") + number_at(link, "refusedIn")),
                 text_at(link, "lastError")});
  return table.empty() ? "no links: a cluster of one\n" : table.text();
}

std::string show_overload(const Nodes& nodes, bool json) {
  auto answers = nodes.get_all("/node");
  for (auto& answer : answers) answer.body = answer.body.value("overload", Json::object());
  if (json) return as_json(answers);
  const auto of = [](std::uint64_t level, std::uint64_t limit) {
    return std::to_string(level) + " of " + std::to_string(limit);
  };
  Table levels({"NODE", "QUEUED CALLS", "QUEUED BYTES", "WAIT", "TARGET", "SHEDDING"});
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
                duration(number_at(view, "waitMs")), duration(number_at(view, "targetMs")),
                view.value("shedding", false) ? "YES" : "no"});
    const Json counts = view.value("refused", Json::object());
    for (const auto& [name, words, field] : kBounds)
      if (number_at(counts, name) > 0) refused.row({answer.node, words, text_at(counts, name), field});
  }
  return levels.text() + "\n" + (refused.empty() ? "nothing was refused\n" : refused.text());
}

namespace {

// A service as some nodes have it: all of them, unless their builds differ.
struct ServiceSeen {
  Json definition;
  std::uint64_t live = 0;
  std::vector<std::string> nodes;
  std::string live_by_node;
  std::string sick;  // a line each
};

std::vector<ServiceSeen> services_of(const std::vector<Answer>& answers) {
  std::vector<ServiceSeen> all;
  for (const auto& answer : answers) {
    for (Json service : array_at(answer.body, "services")) {
      const std::uint64_t live = number_at(service, "activations");
      service.erase("activations");
      const std::string trouble = text_at(service, "trouble");
      service.erase("trouble");
      service.erase("healthy");
      auto seen = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.definition == service; });
      if (seen == all.end()) seen = all.insert(all.end(), {service, 0, {}, {}});
      seen->live += live;
      seen->nodes.push_back(answer.node);
      if (!trouble.empty()) seen->sick += "  UNHEALTHY on " + printable(answer.node + ": " + trouble) + "\n";
      if (live > 0)
        seen->live_by_node +=
            (seen->live_by_node.empty() ? "" : ", ") + printable(answer.node) + " " + std::to_string(live);
    }
  }
  return all;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ", ") + printable(word);
  return out;
}

// What is said of a service whose actors do not lie by their keys.
std::string placed(const Json& service) {
  const std::string placement = text_at(service, "placement");
  return placement.empty() || placement == "keyed" ? "" : "  " + printable(placement);
}

}  // namespace

std::string show_services(const Nodes& nodes, bool json) {
  const auto answers = nodes.get_all("/services");
  if (json) return as_json(answers);
  std::string out;
  for (const auto& seen : services_of(answers)) {
    const Json& service = seen.definition;
    const std::string state = text_at(service, "stateType");
    out += printable(text_at(service, "name")) + (state.empty() ? "  stateless" : "  state " + printable(state)) +
           placed(service) + "; " + std::to_string(seen.live) + " live" +
           (answers.size() > 1 && seen.live > 0 ? " (" + seen.live_by_node + ")" : "") +
           (seen.nodes.size() < answers.size() ? "; only on " + joined(seen.nodes) : "") + "\n" + seen.sick;
    for (const Json& method : array_at(service, "methods")) {
      out += "  " +
             printable(text_at(method, "name") + " " + text_at(method, "params") + " -> " + text_at(method, "results"));
      for (const char* option : {"readOnly", "reentrant", "retry"})
        if (method.value(option, false)) out += std::string("  ") + option;
      out += "\n";
    }
  }
  return out.empty() ? "no services\n" : out;
}

Shown show_health(const Nodes& nodes, bool json) {
  const auto answers = nodes.get_all("/health");
  const bool healthy = std::all_of(answers.begin(), answers.end(), [](const Answer& answer) {
    return answer.body.value("healthy", false) && array_at(answer.body, "services").empty();
  });
  if (json) return {as_json(answers), healthy ? kDone : kFailed};
  std::string out;
  for (const auto& answer : answers) {
    out += printable(answer.node) + (answer.body.value("healthy", false) ? "  healthy" : "  UNHEALTHY") + "; " +
           text_at(answer.body, "workers") + " worker threads\n";
    for (const Json& fault : array_at(answer.body, "faults"))
      out += "  " + printable(text_at(fault, "name") + ": " + text_at(fault, "message")) + "\n";
    for (const Json& service : array_at(answer.body, "services"))
      out += "  service " + printable(text_at(service, "name") + ": " + text_at(service, "message")) + "\n";
    for (const Json& thread : array_at(answer.body, "blocked")) {
      const std::string actor = text_at(thread, "actor");
      out += "  thread " + text_at(thread, "thread") + " is held by " +
             printable(actor.empty() ? "the runtime's own work" : actor + "." + text_at(thread, "method")) + " for " +
             duration(number_at(thread, "heldMs")) + "; " + printable(text_at(thread, "kernel")) + "\n";
    }
  }
  return {out, healthy ? kDone : kFailed};
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

namespace {

// Of a histogram, how many there were and what they come to in the mean.
std::string value_of(const Json& metric) {
  if (!metric.contains("buckets")) return text_at(metric, "value");
  const double count = metric.value("count", 0.0);
  const Json mean = count > 0 ? metric.value("sum", 0.0) / count : 0.0;
  return text_at(metric, "count") + " of " + mean.dump();
}

// As Prometheus writes it: name{label="value"}. No value has a quote in it: they are names of services and members.
std::string name_with_labels(const Json& metric) {
  std::string labels;
  if (const auto found = metric.find("labels"); found != metric.end() && found->is_object())
    for (const auto& [name, value] : found->items())
      labels += (labels.empty() ? "" : ",") + name + "=\"" + text_at(*found, name.c_str()) + "\"";
  return text_at(metric, "name") + (labels.empty() ? "" : "{" + labels + "}");
}

}  // namespace

std::string show_metrics(const Nodes& nodes, bool json) {
  const auto answers = nodes.get_all("/metrics");
  if (json) return as_json(answers);
  Table table({"NODE", "METRIC", "VALUE", "WHAT"});
  for (const auto& answer : answers)
    for (const Json& metric : array_at(answer.body, "metrics"))
      table.row({answer.node, name_with_labels(metric), value_of(metric), text_at(metric, "text")});
  return table.text();
}

namespace {

// "queueDelayMs" 104 is said as "queueDelay: 104 ms".
Json readable(const Json& view) {
  Json out = Json::object();
  for (const auto& [name, value] : view.items()) {
    const bool time = name.ends_with("Ms") && value.is_number_unsigned();
    out[time ? name.substr(0, name.size() - 2) : name] = time ? Json(duration(value.get<std::uint64_t>())) : value;
  }
  return out;
}

// Until a deadline, which may have passed.
std::string time_left(const Json& call) {
  const auto left = call.value("deadlineInMs", std::int64_t{0});
  return left >= 0 ? duration(static_cast<std::uint64_t>(left)) : "passed";
}

// What is known of an actor from outside its turn, without asking it.
constexpr const char* kOutside[] = {"actor", "partition", "status", "mailbox", "turnsDone", "restarts", "queueDelayMs"};

}  // namespace

Shown show_actor(const Nodes& nodes, const std::string& actor, bool json) {
  const Json view = nodes.get_actor(actor_path(actor));
  const bool absent = text_at(view, "status") == "absent";
  if (json) return {dumped(view), absent ? kNotFound : kDone};
  if (absent)
    return {printable(actor) + " is not active, and nothing is kept of it: it never was, or was erased\n", kNotFound};
  const bool answered = view.value("answered", true);
  Json plain = Json::object();
  for (const auto& [name, value] : view.items()) {
    const bool known = answered || std::find(std::begin(kOutside), std::end(kOutside), name) != std::end(kOutside);
    if (known && name != "answered" && !(value.is_array())) plain[name] = value;
  }
  std::string out;
  lines_of(readable(plain), "", out);
  Table turns({"TURN", "AGE", "STATUS", "ID"});
  for (const Json& turn : array_at(view, "turns"))
    turns.row({text_at(turn, "method"), duration(number_at(turn, "ageMs")),
               turn.value("waiting", false) ? "waiting" : "running", text_at(turn, "id")});
  if (!turns.empty()) out += "\n" + turns.text();
  Table calls({"PENDING CALL", "METHOD", "AGE", "DEADLINE IN", "ID"});
  for (const Json& call : array_at(view, "pendingCalls"))
    calls.row({text_at(call, "actor"), text_at(call, "method"), duration(number_at(call, "ageMs")), time_left(call),
               text_at(call, "id")});
  if (!calls.empty()) out += "\n" + calls.text();
  for (const Json& child : array_at(view, "children"))
    out += "child: " + printable(child.is_string() ? child.get<std::string>() : "") + "\n";
  if (!answered)
    out +=
        "\nIt is busy in a turn that holds its thread; this is what is known from outside, `troupe turns` has more.\n";
  return {out, kDone};
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

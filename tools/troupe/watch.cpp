#include "watch.h"

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <utility>

#include "show.h"

namespace troupe::tool {
namespace {

// Every line is out when it is written, so nothing is lost.
extern "C" void end_well(int) { ::_exit(kDone); }

void end_by_signals() {
  struct sigaction action {};
  action.sa_handler = end_well;
  for (const int signal : {SIGINT, SIGTERM}) (void)::sigaction(signal, &action, nullptr);
}

std::string yes(bool value) { return value ? "yes" : "no"; }

// `member` is what `answer` says of itself, or of somebody of whom nothing is known yet.
void take(Facts& into, std::pair<std::string, std::string> name, Fields fields, bool own_words) {
  if (own_words)
    into.insert_or_assign(std::move(name), std::move(fields));
  else
    into.emplace(std::move(name), std::move(fields));
}

std::string line_of(const std::pair<std::string, std::string>& name, const char* change, const Json& fields,
                    std::uint64_t at_ms, bool json) {
  if (json)
    return Json{{"atMs", at_ms}, {"kind", name.first}, {"name", name.second}, {"change", change}, {"fields", fields}}
               .dump(-1, ' ', false, Json::error_handler_t::replace) +
           "\n";
  std::string words;
  for (const auto& [field, value] : fields.items()) {
    const std::string said = value.is_array()
                                 ? text_at({{"", value.at(0)}}, "") + " -> " + text_at({{"", value.at(1)}}, "")
                                 : text_at({{"", value}}, "");
    words += (words.empty() ? "" : ", ") + printable(field + " " + said);
  }
  return moment(at_ms) + "  " + name.first + " " + printable(name.second) + " " + change +
         (words.empty() ? "" : ": " + words) + "\n";
}

Json all_of(const Fields& fields) {
  Json out = Json::object();
  for (const auto& [field, value] : fields)
    if (!value.empty()) out[field] = value;
  return out;
}

std::uint64_t epoch_of(const Fields& fields) {
  const auto at = fields.find("epoch");
  return at == fields.end() ? 0 : std::strtoull(at->second.c_str(), nullptr, 10);
}

// What is known at first, counted, and the nodes that do not answer.
std::string beginning(const Facts& facts, std::uint64_t at_ms, bool json) {
  std::string out;
  std::size_t count = 0;
  std::string kind;
  for (const auto& [name, fields] : facts) {
    if (name.first != "node") {
      ++count;
      kind = name.first;
    } else if (fields.at("answers") != "yes") {
      out += line_of(name, "is silent", all_of(fields), at_ms, json);
    }
  }
  if (json) return out + Json{{"atMs", at_ms}, {"change", "watching"}, {"kind", kind}, {"count", count}}.dump() + "\n";
  return out + moment(at_ms) + "  watching " + std::to_string(count) + " " + kind + (count == 1 ? "" : "s") + "\n";
}

}  // namespace

Facts member_facts(const std::vector<Answer>& answers) {
  Facts out;
  std::map<std::string, std::string> suspected_by;
  for (const Answer& answer : answers)
    for (const Json& member : array_at(answer.body, "members")) {
      const std::string name = text_at(member, "name");
      if (member.value("suspectSinceMs", Json()).is_number())
        suspected_by[name] += (suspected_by[name].empty() ? "" : " ") + answer.node;
      take(out, {"member", name},
           {{"state", text_at(member, "state")},
            {"alive", yes(member.value("alive", false))},
            {"address", text_at(member, "address")},
            {"run", text_at(member, "incarnation")},
            {"weight", text_at(member, "weight")},
            {"zone", text_at(member, "zone")}},
           answer.node == name);
    }
  for (auto& [name, who] : suspected_by) out[{"member", name}]["suspected by"] = std::move(who);
  return out;
}

// The latest epoch that anybody knows of.
Facts partition_facts(const std::vector<Answer>& answers) {
  Facts out;
  for (const Answer& answer : answers)
    for (const Json& partition : array_at(answer.body, "partitions")) {
      const std::string owner = text_at(partition, "owner");
      Fields fields{{"owner", owner},
                    {"epoch", text_at(partition, "epoch")},
                    {"goes to", text_at(partition, "target")},
                    {"pinned", yes(partition.value("pinned", false))}};
      std::pair<std::string, std::string> name{"partition", text_at(partition, "number")};
      const auto known = out.find(name);
      if (known != out.end() && epoch_of(known->second) > epoch_of(fields)) continue;
      const bool newer = known == out.end() || epoch_of(known->second) < epoch_of(fields);
      take(out, std::move(name), std::move(fields), newer || answer.node == owner);
    }
  return out;
}

Facts service_facts(const std::vector<Answer>& answers) {
  Facts out;
  for (const Answer& answer : answers)
    for (const Json& service : array_at(answer.body, "services"))
      for (const Json& host : array_at(service, "hosts"))
        take(out, {"service", text_at(service, "name") + " on " + text_at(host, "member")},
             {{"healthy", yes(host.value("healthy", true))},
              {"trouble", text_at(host, "trouble")},
              {"schema", text_at(host, "schema")},
              {"state version", text_at(host, "stateVersion")}},
             answer.node == text_at(host, "member"));
  return out;
}

std::string changes(const Facts& before, const Facts& after, std::uint64_t at_ms, bool json) {
  std::string out;
  for (const auto& [name, fields] : before)
    if (!after.contains(name)) out += line_of(name, "went", Json::object(), at_ms, json);
  for (const auto& [name, fields] : after) {
    const auto known = before.find(name);
    if (known == before.end()) {
      out += line_of(name, "came", all_of(fields), at_ms, json);
      continue;
    }
    Json changed = Json::object();
    for (const auto* side : {&known->second, &fields})
      for (const auto& [field, value] : *side) {
        const auto old = known->second.find(field);
        const auto now = fields.find(field);
        const std::string was = old == known->second.end() ? "" : old->second;
        const std::string is = now == fields.end() ? "" : now->second;
        if (was != is) changed[field] = {was.empty() ? "-" : was, is.empty() ? "-" : is};
      }
    if (!changed.empty()) out += line_of(name, "changed", changed, at_ms, json);
  }
  return out;
}

int watch(const std::function<Nodes()>& nodes, const std::string& path,
          const std::function<Facts(const std::vector<Answer>&)>& facts, const WatchOptions& options, bool json) {
  end_by_signals();
  bool first = true;
  Facts before;
  for (;; std::this_thread::sleep_for(std::chrono::duration<double>(options.interval_s))) {
    std::vector<Answer> answers;
    Facts now;
    for (Asked& one : nodes().ask_each(path)) {
      now[{"node", one.name}] = {{"answers", one.body ? "yes" : "no: " + one.failed->message()}};
      if (one.body) answers.push_back({one.name, std::move(*one.body)});
    }
    // While nobody answers, what was known stands.
    for (auto& [name, fields] : answers.empty() ? before : facts(answers))
      if (name.first != "node") now.emplace(name, fields);
    const std::string lines = first ? beginning(now, now_ms(), json) : changes(before, now, now_ms(), json);
    first = false;
    before = std::move(now);
    if (std::fputs(lines.c_str(), stdout) < 0 || std::fflush(stdout) != 0) return kFailed;
  }
}

}  // namespace troupe::tool

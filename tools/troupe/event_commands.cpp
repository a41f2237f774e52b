#include "event_commands.h"

#include <algorithm>
#include <cstdio>

#include "show.h"
#include "troupe/admin_client.h"

namespace troupe::tool {
namespace {

// Short turns are the most: "14 us", "3.2 ms", "1.5 s".
std::string short_time(const Json& event, const char* name) {
  const auto found = event.find(name);
  if (found == event.end() || !found->is_number()) return "";
  const std::uint64_t us = number_at(event, name);
  if (us >= 1'000'000) return duration(us / 1000);
  char text[32];
  if (us >= 1'000) {
    std::snprintf(text, sizeof text, "%.1f ms", static_cast<double>(us) / 1000);
  } else {
    std::snprintf(text, sizeof text, "%llu us", static_cast<unsigned long long>(us));
  }
  return text;
}

std::string outcome_in_words(const Json& event) {
  const std::string error = text_at(event, "error"), outcome = text_at(event, "outcome");
  const std::string kind = error.empty() || error == outcome ? outcome : outcome + ": " + error;
  const bool edited = text_at(event, "edited") == "true";
  return kind + (edited ? ", edited" : "");
}

std::string input_of(const Json& event) {
  const auto found = event.find("input");
  if (found != event.end() && !found->is_null()) return found->dump();
  const std::uint64_t bytes = number_at(event, "inputBytes");
  return bytes == 0 ? "" : "(" + size(bytes) + ", not kept)";
}

std::string caller_of(const Json& event) {
  const std::string caller = text_at(event, "caller"), who = text_at(event, "who");
  return who.empty() ? caller : caller + (caller.empty() ? "" : " ") + "for " + who;
}

}  // namespace

void add_events(CLI::App& app, EventOptions& options, const AddCommand& add, const std::function<Nodes()>& nodes,
                const bool& json) {
  auto* events = add(app, "events", "the last turns of ACTOR, or of all, on whichever node they ran",
                     [&options, &json, nodes] { return show_events(nodes(), options, json); });
  events->add_option("ACTOR", options.actor);
  events->add_option("--last", options.last, "so many (default 20)")->check(CLI::Range(1, 1000));
}

std::string show_events(const Nodes& nodes, const EventOptions& options, bool json) {
  if (!options.actor.empty()) (void)actor_name(options.actor);
  const std::string path = "/events?last=" + std::to_string(options.last) +
                           (options.actor.empty() ? "" : "&actor=" + AdminClient::encode(options.actor));
  Json all = Json::array();
  for (const auto& answer : nodes.get_all(path)) {
    for (const Json& event : array_at(answer.body, "events")) {
      all.push_back(event);
      all.back()["node"] = answer.node;
    }
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Json& a, const Json& b) { return number_at(a, "atMs") > number_at(b, "atMs"); });
  if (all.size() > options.last) all.erase(all.begin() + static_cast<std::ptrdiff_t>(options.last), all.end());
  if (json) return dumped(all);
  if (all.empty())
    return options.actor.empty() ? "no turn has been noted\n"
                                 : "no turn of " + printable(options.actor) + " is noted any more on these nodes\n";
  Table table({"BEGAN", "ACTOR", "METHOD", "WAITED", "RAN", "OUTCOME", "CALLER", "INPUT", "REQUEST", "NODE"});
  for (const Json& event : all)
    table.row({moment(number_at(event, "atMs")), text_at(event, "actor"), text_at(event, "method"),
               short_time(event, "waitedUs"), short_time(event, "ranUs"), outcome_in_words(event), caller_of(event),
               input_of(event), text_at(event, "request"), text_at(event, "node")});
  return table.text();
}

}  // namespace troupe::tool

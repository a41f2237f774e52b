#include "crash_commands.h"

#include <algorithm>
#include <chrono>

#include "pages.h"
#include "show.h"
#include "troupe/admin_client.h"

namespace troupe::tool {
namespace {

std::string outcome_of(const Json& crash) {
  const std::string outcome = text_at(crash, "outcome");
  const std::uint64_t after = number_at(crash, "afterMs");
  if (outcome == "delayed") return "restarted after " + duration(after);
  return outcome == "quarantined" ? "quarantined for " + duration(after) : outcome;
}

// A crash in full, with where it was thrown.
std::string whole(const Json& crash) {
  std::string out = moment(number_at(crash, "atMs")) + "  " +
                    printable(text_at(crash, "actor") + "." + text_at(crash, "method")) + "  " + outcome_of(crash) +
                    "\n  " + printable(text_at(crash, "cause") + ": " + text_at(crash, "message")) + "\n";
  if (const std::string request = text_at(crash, "request"); !request.empty()) out += "  request " + request + "\n";
  std::size_t number = 0;
  for (const Json& frame : array_at(crash, "trace"))
    out += "  #" + std::to_string(number++) + " " + printable(frame.is_string() ? frame.get<std::string>() : "") + "\n";
  return out;
}

}  // namespace

std::string show_restarts(const Nodes& nodes, const CrashOptions& options, bool json) {
  // Whoever has not crashed is at least an actor that could be.
  if (!options.actor.empty()) (void)nodes.get_actor(actor_path(options.actor));
  const std::string path = "/restarts?limit=" + std::to_string(std::min(options.limit, kMostPerPage)) +
                           (options.actor.empty() ? "" : "&actor=" + AdminClient::encode(options.actor));
  Json all = Json::array();
  for (const auto& answer : nodes.get_all(path)) {
    for (const Json& crash : array_at(answer.body, "restarts")) {
      all.push_back(crash);
      all.back()["node"] = answer.node;
    }
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Json& a, const Json& b) { return number_at(a, "atMs") > number_at(b, "atMs"); });
  if (all.size() > options.limit) all.erase(all.begin() + static_cast<std::ptrdiff_t>(options.limit), all.end());
  if (json) return dumped(all);
  if (all.empty())
    return options.actor.empty() ? "no actor has crashed\n" : printable(options.actor) + " has not crashed\n";
  if (!options.actor.empty()) {
    std::string out;
    for (const Json& crash : all) out += (out.empty() ? "" : "\n") + whole(crash);
    return out;
  }
  Table table({"WHEN", "ACTOR", "METHOD", "CAUSE", "OUTCOME", "MESSAGE", "NODE"});
  for (const Json& crash : all)
    table.row({moment(number_at(crash, "atMs")), text_at(crash, "actor"), text_at(crash, "method"),
               text_at(crash, "cause"), outcome_of(crash), text_at(crash, "message"), text_at(crash, "node")});
  return table.text();
}

std::string show_quarantine(const Nodes& nodes, const CrashOptions& options, bool json) {
  Json all = Json::array();
  bool more = false;
  for (const auto& answer :
       nodes.get_all("/quarantine?limit=" + std::to_string(std::min(options.limit, kMostPerPage)))) {
    for (const Json& one : array_at(answer.body, "quarantined")) {
      more = more || all.size() == options.limit;
      if (all.size() == options.limit) break;
      all.push_back(one);
      all.back()["node"] = answer.node;
    }
    more = more || !text_at(answer.body, "next").empty();
  }
  if (json) return dumped(all);
  const std::uint64_t now = now_ms();
  Table table({"ACTOR", "SINCE", "FOR ANOTHER", "WHY", "LAST CRASH", "NODE"});
  for (const Json& one : all) {
    const std::uint64_t until = number_at(one, "untilMs");
    table.row({text_at(one, "actor"), moment(number_at(one, "sinceMs")), duration(until > now ? until - now : 0),
               text_at(one, "why"), text_at(one, "lastCrash"), text_at(one, "node")});
  }
  return (table.empty() ? "no actor is quarantined\n" : table.text()) +
         (more ? "there may be more; raise --limit\n" : "");
}

std::string clear_quarantine(const Nodes& nodes, const CrashOptions& options, bool json) {
  if (options.actor.empty() != options.all) throw usage("whose quarantine? Name one actor, or all of them with --all");
  if (!options.actor.empty()) (void)actor_name(options.actor);
  const std::string which = options.all ? "all=1" : "actor=" + AdminClient::encode(options.actor);
  std::uint64_t cleared = 0;
  for (const auto& answer : nodes.post_all("/quarantine/clear?" + which)) cleared += number_at(answer.body, "cleared");
  if (cleared == 0 && !options.all)
    throw failure(Error(ErrorKind::not_found, options.actor + " is not quarantined on any of these nodes"));
  return json ? dumped({{"cleared", cleared}})
              : std::to_string(cleared) + (cleared == 1 ? " quarantine cleared\n" : " quarantines cleared\n");
}

}  // namespace troupe::tool

#include "pool_commands.h"

#include <optional>

#include "show.h"
#include "troupe/admin_client.h"

namespace troupe::tool {
namespace {

// In tenths of a hundredth of all calls to the pool.
std::string share(std::uint64_t calls, std::uint64_t of) {
  if (of == 0) return "-";
  const std::uint64_t tenths = (calls * 1000 + of / 2) / of;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " %";
}

}  // namespace

std::string show_pools(const Nodes& nodes, bool json) {
  const auto answers = nodes.get_all("/pools");
  if (json) return as_json(answers);
  Table table({"SERVICE", "CALLER", "BALANCE", "MEMBER", "WEIGHT", "UNDER WAY", "CALLS", "SHARE", "FAILED", "STATE"});
  for (const Answer& answer : answers)
    for (const Json& pool : array_at(answer.body, "pools")) {
      std::uint64_t all = 0;
      for (const Json& member : array_at(pool, "members")) all += number_at(member, "calls");
      for (const Json& member : array_at(pool, "members")) {
        const std::uint64_t left_out = number_at(member, "leftOutMs");
        const std::string state = !member.value("choosable", false) ? "away"
                                  : left_out > 0                    ? "left out for " + std::to_string(left_out) + " ms"
                                                                    : "";
        table.row({text_at(pool, "service"), answer.node, text_at(pool, "balance"), text_at(member, "node"),
                   text_at(member, "weight"), text_at(member, "underWay"), text_at(member, "calls"),
                   share(number_at(member, "calls"), all), text_at(member, "failures"), state});
      }
    }
  return table.empty() ? "no pools\n" : table.text();
}

std::string change_balance(const Nodes& nodes, const BalanceOptions& options, bool json) {
  Json changed = Json::array();
  std::optional<Failure> refused;
  for (const Asked& asked : nodes.post_each("/pools/" + AdminClient::encode(options.service) +
                                            "/balance?policy=" + AdminClient::encode(options.policy))) {
    if (asked.body) {
      changed.push_back(asked.name);
    } else if (asked.failed->code == kNotFound) {
      refused = asked.failed;
    } else if (asked.failed->code == kUnreachable) {
      nodes.note(asked);
    } else {
      throw *asked.failed;
    }
  }
  if (changed.empty() && refused) throw *refused;
  if (json) return dumped({{"service", options.service}, {"balance", options.policy}, {"nodes", changed}});
  std::string names;
  for (const Json& name : changed) names += (names.empty() ? "" : ", ") + printable(name.get<std::string>());
  return "calls to " + printable(options.service) + " are spread by " + printable(options.policy) + " on " +
         (names.empty() ? "no node" : names) + ", until these end\n";
}

}  // namespace troupe::tool

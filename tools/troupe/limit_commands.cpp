#include "limit_commands.h"

#include "show.h"
#include "troupe/admin_client.h"

namespace troupe::tool {
namespace {

std::string share_of_calls(const Json& breaker, const char* count) {
  const std::uint64_t calls = number_at(breaker, "calls"), some = number_at(breaker, count);
  if (calls == 0) return "0";
  return std::to_string(some) + " (" + std::to_string(some * 100 / calls) + "%)";
}

std::string breaker_table(const std::vector<Answer>& answers) {
  Table table({"METHOD", "AT", "STATE", "CALLS", "FAILED", "SLOW", "TRIES IN", "OPENED", "REFUSED", "NODE"});
  for (const auto& answer : answers)
    for (const Json& one : array_at(answer.body, "breakers")) {
      const std::string state = text_at(one, "state");
      const std::uint64_t left = number_at(one, "retryAfterMs");
      table.row({text_at(one, "method"), text_at(one, "member"), state == "open" ? "OPEN" : state,
                 text_at(one, "calls"), share_of_calls(one, "failed"), share_of_calls(one, "slow"),
                 left > 0 ? duration(left) : "", text_at(one, "opened"), text_at(one, "refused"), answer.node});
    }
  return table.empty() ? "no breakers: no call has gone through one lately (NodeConfig::calls)\n" : table.text();
}

std::string fullness(std::uint64_t used, std::uint64_t most) {
  return most == 0 ? "" : std::to_string(used * 100 / most) + "%";
}

// "3 of 20"; without a limit "3".
std::string part_of(std::uint64_t used, std::uint64_t most) {
  return std::to_string(used) + (most == 0 ? "" : " of " + std::to_string(most));
}

}  // namespace

std::string show_breakers(const Nodes& nodes, bool json) {
  const auto answers = nodes.get_all("/breakers");
  return json ? as_json(answers) : breaker_table(answers);
}

std::string show_limits(const Nodes& nodes, bool json) {
  const auto answers = nodes.get_all("/limits");
  if (json) return as_json(answers);
  Table calls({"CALLS TO", "IN FLIGHT", "WAITING", "REFUSED", "BUDGET USED", "DENIED", "RETRIES", "TIMED OUT", "HEDGES",
               "NODE"});
  Table node({"NODE", "LIMIT", "USED", "MOST", "FULL", "TUNE"});
  for (const auto& answer : answers) {
    for (const Json& one : array_at(answer.body, "calls"))
      calls.row({text_at(one, "to"), part_of(number_at(one, "inFlight"), number_at(one, "mostInFlight")),
                 part_of(number_at(one, "waitingForPlace"), number_at(one, "mostWaiting")), text_at(one, "refused"),
                 part_of(number_at(one, "budgetUsed"), number_at(one, "budget")), text_at(one, "budgetRefused"),
                 text_at(one, "retries"), text_at(one, "attemptsTimedOut"), text_at(one, "hedges"), answer.node});
    for (const Json& one : array_at(answer.body, "node"))
      node.row({answer.node, text_at(one, "name"), text_at(one, "used"), text_at(one, "most"),
                fullness(number_at(one, "used"), number_at(one, "most")), text_at(one, "field")});
  }
  return (calls.empty() ? "no policies for calls (NodeConfig::calls)\n" : calls.text()) + "\n" + node.text();
}

std::string order_breakers(const Nodes& nodes, const BreakerOptions& options, const std::string& order, bool json) {
  std::string path = "/breakers/" + AdminClient::encode(options.method) + "/" + order;
  if (!options.member.empty()) path += "?member=" + AdminClient::encode(options.member);
  const auto answers = nodes.post_all(path);
  return json ? as_json(answers) : breaker_table(answers);
}

}  // namespace troupe::tool

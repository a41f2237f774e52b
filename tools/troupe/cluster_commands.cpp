#include "cluster_commands.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>
#include <thread>
#include <utility>

#include "progress.h"
#include "show.h"
#include "troupe/admin_client.h"
#include "troupe/duration.h"

namespace troupe::tool {
namespace {

using Steady = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kLookAgain{200};

std::uint64_t owned_by(const Json& member) {
  const Json owned = member.value("partitions", Json::object());
  return number_at(owned, "withRows") + number_at(owned, "withoutRows");
}

const Json* find_member(const Json& members, const std::string& name) {
  for (const Json& member : array_at(members, "members"))
    if (text_at(member, "name") == name) return &member;
  return nullptr;
}

std::string names_of(const Json& members) {
  std::string names;
  for (const Json& member : array_at(members, "members"))
    names += (names.empty() ? "" : ", ") + printable(text_at(member, "name"));
  return names;
}

// Every member once; of those that were asked, in their own words. Who suspects it is of the others.
Json members_of(const std::vector<Answer>& answers) {
  std::map<std::pair<std::string, std::string>, Json> all;
  std::map<std::pair<std::string, std::string>, Json> suspicions;
  for (const Answer& answer : answers)
    for (const Json& member : array_at(answer.body, "members")) {
      const std::string cluster = text_at(answer.body, "cluster");
      const std::string name = text_at(member, "name");
      Json one = {{"cluster", cluster}};
      one.update(member);
      if (const Json since = member.value("suspectSinceMs", Json()); since.is_number_unsigned())
        suspicions[{cluster, name}][answer.node] = since;
      if (answer.node == name)
        all.insert_or_assign({cluster, name}, std::move(one));
      else
        all.emplace(std::pair(cluster, name), std::move(one));
    }
  Json out = Json::array();
  for (auto& [name, member] : all) {
    member.erase("suspectSinceMs");
    const auto by = suspicions.find(name);
    member["suspectedBy"] = by == suspicions.end() ? Json::object() : std::move(by->second);
    out.push_back(std::move(member));
  }
  return out;
}

std::string labels_of(const Json& member) {
  std::string out;
  const Json labels = member.value("labels", Json::object());
  for (const auto& [name, value] : labels.items())
    out += (out.empty() ? "" : ", ") + name + "=" + (value.is_string() ? value.get<std::string>() : value.dump());
  return out;
}

// "yes", "suspect (shop-1 3 s)": its session lasts, and those that were asked lost their links to it.
std::string liveliness_of(const Json& member) {
  if (!member.value("alive", false)) return "NO";
  std::string by;
  const Json suspected = member.value("suspectedBy", Json::object());
  for (const auto& [node, since] : suspected.items())
    by += (by.empty() ? "" : ", ") + printable(node) + " " + ago(since.get<std::uint64_t>());
  return by.empty() ? "yes" : "suspect (" + by + ")";
}

}  // namespace

std::string show_members(const Nodes& nodes, bool json) {
  const Json all = members_of(nodes.get_all("/members"));
  if (json) return dumped(all);
  Table table({"MEMBER", "STATE", "ALIVE", "ADDRESS", "RUN", "WEIGHT", "WITH ROWS", "WITHOUT", "ZONE", "LABELS", "PID",
               "CLUSTER"});
  for (const Json& member : all) {
    const Json owned = member.value("partitions", Json::object());
    table.row({text_at(member, "name"), text_at(member, "state"), liveliness_of(member), text_at(member, "address"),
               text_at(member, "incarnation"), member.value("client", false) ? "client" : text_at(member, "weight"),
               text_at(owned, "withRows"), text_at(owned, "withoutRows"), text_at(member, "zone"), labels_of(member),
               number_at(member, "pid") == 0 ? "" : text_at(member, "pid"), text_at(member, "cluster")});
  }
  return table.text();
}

namespace {

// What several nodes say of the partitions: of each what was said of its latest epoch, in the words of its owner if
// that was asked, for it knows how the partition stands there. Two owners of one epoch are of two clusters.
class SaidPartitions {
 public:
  void add(const Answer& answer) {
    for (const Json& partition : array_at(answer.body, "partitions")) {
      const std::string owner = text_at(partition, "owner");
      auto& said = all_[{text_at(answer.body, "cluster"), number_at(partition, "number")}];
      const std::uint64_t epoch = epoch_of(partition);
      if (std::any_of(said.begin(), said.end(), [&](const auto& one) { return epoch_of(one.second) > epoch; }))
        continue;
      std::erase_if(said, [&](const auto& one) { return epoch_of(one.second) < epoch; });
      Json one = partition;
      one["saidBy"] = answer.node;
      if (owner == answer.node)
        said.insert_or_assign(owner, std::move(one));
      else
        said.emplace(owner, std::move(one));
    }
  }
  // Of one member: what it owns or is to get; with an empty name all.
  [[nodiscard]] Json list(const std::string& member) const {
    Json out = Json::array();
    for (const auto& [number, said] : all_)
      for (const auto& [owner, partition] : said)
        if (member.empty() || owner == member || text_at(partition, "target") == member) out.push_back(partition);
    return out;
  }

 private:
  static std::uint64_t epoch_of(const Json& partition) {
    return std::strtoull(text_at(partition, "epoch").c_str(), nullptr, 10);
  }
  std::map<std::pair<std::string, std::uint64_t>, std::map<std::string, Json>> all_;
};

std::string milliseconds_of(std::uint64_t us) {
  return std::to_string(us / 1000) + "." + std::to_string(us % 1000 / 100) + " ms";
}

// What the node that answered gives at this moment.
std::string words_of_moving(const Json& answer) {
  std::string out;
  for (const Json& moving : array_at(answer, "moving"))
    out += (out.empty() ? "" : "; ") + text_at(moving, "partition") + " to " + text_at(moving, "to") + ": " +
           text_at(moving, "stage") + ", " + text_at(moving, "records") + " records, " +
           size(number_at(moving, "bytes"));
  return out;
}

}  // namespace

std::string show_partitions(const Nodes& nodes, const PartitionOptions& options, bool json) {
  if (!options.member.empty()) {
    const Json members = nodes.get_any("/members");
    if (!find_member(members, options.member))
      throw failure(
          Error(ErrorKind::not_found, "there is no member '" + options.member + "'; there are: " + names_of(members)));
  }
  SaidPartitions said;
  Json givers = Json::array();
  Table gives({"NODE", "GIVES NOW", "GIVEN", "FAILED", "PAUSE P50", "PAUSE P99", "LAST ERROR"});
  for (const Answer& answer : nodes.get_all("/partitions")) {
    said.add(answer);
    const Json& moving = array_at(answer.body, "moving");
    const Json given = answer.body.value("handOvers", Json::object());
    givers.push_back({{"node", answer.node}, {"moving", moving}, {"handOvers", given}});
    gives.row({answer.node, words_of_moving(answer.body), text_at(given, "done"), text_at(given, "failed"),
               milliseconds_of(number_at(given, "pauseP50Us")), milliseconds_of(number_at(given, "pauseP99Us")),
               text_at(given, "lastError")});
  }
  Json partitions = said.list(options.member);
  if (json) return dumped({{"partitions", std::move(partitions)}, {"nodes", std::move(givers)}});
  Table table({"PARTITION", "KIND", "OWNER", "EPOCH", "GOES TO", "STATE", "SAID BY"});
  for (const Json& one : partitions)
    table.row({text_at(one, "number"), text_at(one, "kind"), text_at(one, "owner"), text_at(one, "epoch"),
               text_at(one, "target").empty() && one.value("pinned", false) ? "(stays)" : text_at(one, "target"),
               text_at(one, "owner") == text_at(one, "saidBy") ? text_at(one, "here") : "", text_at(one, "saidBy")});
  return (table.empty() ? "no partitions\n" : table.text()) + "\n" + gives.text();
}

namespace {

// "5 of them cannot go to 'shop-2': ..." for each member whose program may not have some of what this one owns.
std::vector<std::string> refusals_of(const Json& member) {
  std::vector<std::string> out;
  for (const Json& one : array_at(member, "refused"))
    out.push_back(std::to_string(number_at(one, "partitions")) + " of them cannot go to '" +
                  printable(text_at(one, "member")) + "': " + printable(text_at(one, "why")) +
                  " Update that member first, or let this one serve: troupe drain " +
                  printable(text_at(member, "name")) + " --undo");
  return out;
}

// Why a member still owns what it does, from what is known of the cluster.
std::string what_holds(const Nodes& nodes, const Json& members, const DrainOptions& options) {
  const Json& member = *find_member(members, options.member);
  const bool lives = member.value("alive", false);
  const auto takes = [&](const Json& other) {
    return text_at(other, "name") != options.member && text_at(other, "state") == "serving" &&
           other.value("alive", false) && !other.value("client", false) && number_at(other, "weight") > 0;
  };
  const Json& all = array_at(members, "members");
  std::string out;
  const auto say = [&](const std::string& what) { out += (out.empty() ? "" : "; ") + what; };
  if (std::none_of(all.begin(), all.end(), takes))
    say("no other member lives, serves and has a weight, so nobody can take them: start one");
  if (!lives && number_at(member.value("partitions", Json::object()), "withRows") > 0)
    say("it does not live, and what is on its disk it alone can give: start it");
  const auto refusals = refusals_of(member);
  for (const std::string& refusal : refusals) say(refusal);
  for (const Asked& asked : nodes.ask_each("/partitions")) {
    if (!asked.body || asked.name != options.member || !refusals.empty()) continue;
    const std::string moving = words_of_moving(*asked.body);
    if (!moving.empty()) say("it gives partition " + moving);
    const std::string error = text_at(asked.body->value("handOvers", Json::object()), "lastError");
    if (!error.empty()) say("its last hand-over that failed: " + error);
  }
  return out.empty() ? "they are on their way; look again, `troupe partitions --member " + options.member + "`" : out;
}

// How many it owned at the end: none, or as many as it could not give.
std::uint64_t await_empty(const Nodes& nodes, const DrainOptions& options, std::uint64_t owned, Json& members) {
  const auto until = later(Steady::now(), std::chrono::milliseconds(options.timeout_ms));
  const std::uint64_t first = owned;
  ProgressLine progress;
  bool said_why = false;
  for (;;) {
    members = nodes.get_any("/members");
    const Json* member = find_member(members, options.member);
    if (!member) throw failure(Error(ErrorKind::not_found, "there is no member '" + options.member + "' any more"));
    owned = owned_by(*member);
    if (text_at(*member, "state") == "serving")
      throw failure(Error(ErrorKind::failed, "member '" + options.member +
                                                 "' serves again: somebody undid the drain; it owns " +
                                                 std::to_string(owned) + " partitions"));
    if (owned == 0 || Steady::now() >= until) return owned;
    progress.show(first > owned ? first - owned : 0, std::max(first, owned), "partitions given");
    if (const auto refusals = refusals_of(*member); !refusals.empty() && !said_why) {
      said_why = true;
      for (const std::string& refusal : refusals) progress.say(refusal);
    }
    std::this_thread::sleep_for(kLookAgain);
  }
}

}  // namespace

std::string drain_member(const Nodes& nodes, const DrainOptions& options, bool json) {
  const std::string path = "/members/" + AdminClient::encode(options.member) + (options.undo ? "/serve" : "/drain");
  Json ordered = nodes.post(path, "", nodes.timeout());
  const std::uint64_t owned = owned_by(ordered);
  const std::string name = printable(options.member);
  if (options.undo || !options.wait) {
    if (json) return dumped(ordered);
    return options.undo ? name + " serves; it was " + printable(text_at(ordered, "before")) + "\n"
                        : name + " drains: " + std::to_string(owned) + " partitions to give\n";
  }
  Json members;
  const std::uint64_t left = await_empty(nodes, options, owned, members);
  if (left > 0)
    throw failure(Error(ErrorKind::unavailable, "member '" + options.member + "' owns " + std::to_string(left) +
                                                    " of " + std::to_string(std::max(owned, left)) +
                                                    " partitions after " +
                                                    duration(static_cast<std::uint64_t>(options.timeout_ms)) +
                                                    ", and goes on draining: " + what_holds(nodes, members, options)));
  ordered["partitions"] = {{"withRows", 0}, {"withoutRows", 0}};
  ordered["given"] = owned;
  if (json) return dumped(ordered);
  return name + " owns nothing any more: it gave " + std::to_string(owned) + " partitions, and may be stopped\n";
}

}  // namespace troupe::tool

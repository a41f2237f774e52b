#include "partition_commands.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <map>
#include <set>
#include <thread>
#include <utility>

#include "progress.h"
#include "show.h"
#include "troupe/admin_client.h"
#include "troupe/duration.h"
#include "troupe/ids.h"
#include "troupe/member_files.h"
#include "whereabouts.h"

namespace troupe::tool {
namespace {

using Steady = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kLookAgain{200};
// More numbers than there can be partitions are a slip of the hand.
constexpr std::uint32_t kMostNumber = 9'999;

std::uint32_t number_in(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || number > kMostNumber)
    throw usage("'" + std::string(text) + "' is no number of a partition; as in 7, 7-20 or 7,9,12-14");
  return number;
}

Json post(const Nodes& nodes, const std::string& path) { return nodes.post(path, "", nodes.timeout()); }

std::string counted(std::size_t partitions) {
  return std::to_string(partitions) + (partitions == 1 ? " partition" : " partitions");
}

// Until each is where it was ordered to. Throws when they are not by then, or when somebody decided otherwise.
void await(const Nodes& nodes, const std::map<std::uint64_t, std::string>& wanted, long timeout_ms) {
  const auto until = later(Steady::now(), std::chrono::milliseconds(timeout_ms));
  ProgressLine progress;
  for (;;) {
    const Whereabouts now = whereabouts_in(nodes.get_all("/partitions"));
    std::size_t there = 0;
    std::string elsewhere;
    for (const auto& [number, to] : wanted) {
      const auto at = now.partitions.find(number);
      if (at == now.partitions.end()) continue;
      there += at->second.owner == to ? 1 : 0;
      if (at->second.owner != to && at->second.target != to)
        elsewhere += (elsewhere.empty() ? "" : ", ") + std::to_string(number);
    }
    if (there == wanted.size()) return;
    if (!elsewhere.empty())
      throw failure(Error(ErrorKind::failed,
                          "it was decided otherwise meanwhile, by somebody or because a member went: "
                          "partition " +
                              elsewhere + "; see `troupe partitions`"));
    if (Steady::now() >= until)
      throw failure(
          Error(ErrorKind::unavailable,
                counted(wanted.size() - there) + " of " + std::to_string(wanted.size()) + " are not there after " +
                    duration(static_cast<std::uint64_t>(timeout_ms)) + ", and go on their way" +
                    (now.on_the_way.empty() ? "" : "; under way now: " + now.on_the_way) +
                    (now.last_error.empty() ? "" : "; the last hand-over that failed, at " + now.last_error)));
    progress.show(there, wanted.size(), ("partitions moved, " + size(now.bytes) + " of the next").c_str());
    std::this_thread::sleep_for(kLookAgain);
  }
}

Json ordered_so_far(const Json& orders, const Failure& failed) {
  Json error = failed.error;
  error["ordered"] = orders;
  return error;
}

// Each in turn; the first that is refused ends it.
Json order_each(const Nodes& nodes, const MoveByHandOptions& options, const std::string& what,
                const std::string& also) {
  Json orders = Json::array();
  for (const std::uint32_t number : partitions_in(options.partitions)) try {
      orders.push_back(post(nodes, "/partitions/" + std::to_string(number) + "/" + what +
                                       "?to=" + AdminClient::encode(options.to) + also));
    } catch (const Failure& failed) {
      throw Failure{failed.code, ordered_so_far(orders, failed)};
    }
  return orders;
}

std::map<std::uint64_t, std::string> wanted_by(const Json& orders) {
  std::map<std::uint64_t, std::string> out;
  for (const Json& order : orders) out[number_at(order, "partition")] = text_at(order, "to");
  return out;
}

}  // namespace

std::vector<std::uint32_t> partitions_in(const std::string& text) {
  std::set<std::uint32_t> out;
  std::size_t from = 0;
  do {
    const std::size_t end = std::min(text.find(',', from), text.size());
    const std::string_view part = std::string_view(text).substr(from, end - from);
    const std::size_t dash = part.find('-');
    const std::uint32_t first = number_in(part.substr(0, dash));
    const std::uint32_t last = dash == std::string_view::npos ? first : number_in(part.substr(dash + 1));
    if (last < first) throw usage("'" + std::string(part) + "' is no range of partitions");
    for (std::uint32_t number = first; number <= last; ++number) out.insert(number);
    from = end + 1;
  } while (from <= text.size());
  return {out.begin(), out.end()};
}

std::string move_partitions(const Nodes& nodes, const MoveByHandOptions& options, bool json) {
  const Json orders = order_each(nodes, options, "move", "");
  if (options.wait) await(nodes, wanted_by(orders), options.timeout_ms);
  if (json) return dumped(orders);
  return counted(orders.size()) + (options.wait ? " moved to " : " on the way to ") + printable(options.to) +
         "; there they stay until it is drained, or `troupe rebalance`\n";
}

std::string force_partitions(const Nodes& nodes, const MoveByHandOptions& options, bool json) {
  if (!options.accept_loss)
    throw usage("this gives up for good what is in " + counted(partitions_in(options.partitions).size()) +
                ": the owner's disk has it, and nobody else; add --accept-loss to do it");
  const Json orders = order_each(nodes, options, "force", "&accept_loss=1");
  if (json) return dumped(orders);
  std::string out;
  for (const Json& order : orders)
    out += "partition " + text_at(order, "partition") + " begins empty at " + printable(text_at(order, "to")) +
           " in epoch " + text_at(order, "epoch") + "; " + printable(text_at(order, "from")) + " had it\n";
  return out;
}

std::string rebalance(const Nodes& nodes, const MoveByHandOptions& options, bool json) {
  const Json answer = post(nodes, std::string("/partitions/rebalance") + (options.dry_run ? "?dry_run=1" : ""));
  const Json& moves = array_at(answer, "moves");
  if (options.wait && !options.dry_run) await(nodes, wanted_by(moves), options.timeout_ms);
  if (json) return dumped(answer);
  if (moves.empty()) return "every member has its share: nothing is to move\n";
  if (!options.dry_run) return counted(moves.size()) + (options.wait ? " moved\n" : " on the way\n");
  Table table({"PARTITION", "FROM", "TO"});
  for (const Json& move : moves) table.row({text_at(move, "partition"), text_at(move, "from"), text_at(move, "to")});
  return table.text() + counted(moves.size()) + " would move\n";
}

std::string drop_partitions_of(const Files& files, const MoveByHandOptions& options, bool json) {
  const auto partitions = partitions_in(options.partitions);
  if (!options.accept_loss) {
    std::uint64_t actors = 0;
    for (const PartitionShare& share : take(shares_of_partitions(files.directory, files.keys)))
      if (std::binary_search(partitions.begin(), partitions.end(), share.partition)) actors += share.actors;
    throw usage("this would drop, for good: " + std::to_string(actors) + " actors in " + counted(partitions.size()) +
                " of " + files.directory.string() + "; add --accept-loss to do it");
  }
  ProgressLine progress;
  const MoveFigures dropped = take(drop_partitions(
      files.directory, partitions, files.keys, [&](std::uint64_t done, std::uint64_t of) { progress.show(done, of); }));
  if (json) return dumped({{"actors", dropped.actors}, {"records", dropped.records}});
  return "dropped " + std::to_string(dropped.actors) + " actors, " + std::to_string(dropped.records) + " records\n";
}

void add_partition_commands(CLI::App& app, CLI::App& partitions, MoveByHandOptions& options, Files& files,
                            const AddCommand& add, const std::function<Nodes()>& nodes, const bool& json) {
  MoveByHandOptions& o = options;
  const auto timeout = [&o](CLI::App& command) {
    command.add_flag("--wait,!--no-wait", o.wait, "until they are there (default); --no-wait: only order it");
    command.add_option("--timeout", o.timeout_ms, "how long to wait for that: 90s, 10m (default 5m)")
        ->transform(CLI::AsNumberWithUnit(std::map<std::string, long>{{"ms", 1}, {"s", 1000}, {"m", 60'000}},
                                          CLI::AsNumberWithUnit::CASE_SENSITIVE))
        ->check(CLI::Range(1L, 86'400'000L));
  };
  constexpr const char* kWhich = "their numbers: 7, 7-20 or 7,9,12-14";
  auto* move = add(partitions, "move", "have the owners of PARTITIONS give them to NODE, where they stay",
                   [&o, nodes, &json] { return move_partitions(nodes(), o, json); });
  move->add_option("PARTITIONS", o.partitions, kWhich)->required();
  move->add_option("NODE", o.to, "the name of the member, as in `troupe members`")->required();
  timeout(*move);
  auto* force = add(partitions, "force",
                    "have NODE begin PARTITIONS empty, whose owner is dead for good: what is in them is lost",
                    [&o, nodes, &json] { return force_partitions(nodes(), o, json); });
  force->add_option("PARTITIONS", o.partitions, kWhich)->required();
  force->add_option("NODE", o.to, "the name of the member, as in `troupe members`")->required();
  force->add_flag("--accept-loss", o.accept_loss, "do it; without, what it means is said");
  auto* drop = add(partitions, "drop", "drop what the store of a stopped node holds of PARTITIONS, which others own",
                   [&o, &files, &json] { return drop_partitions_of(files, o, json); });
  drop->add_option("DIR", files.directory, "the node's data directory")->required();
  drop->add_option("PARTITIONS", o.partitions, kWhich)->required();
  drop->add_flag("--accept-loss", o.accept_loss, "do it; without, what would go is said");
  drop->add_option("--key-file", files.keys.file, "the keys of an encrypted store")->envname("TROUPE_KEY_FILE");
  auto* all = add(app, "rebalance", "move partitions to where every member has its share, also those moved by hand",
                  [&o, nodes, &json] { return rebalance(nodes(), o, json); });
  all->add_flag("--dry-run", o.dry_run, "only say what would move");
  timeout(*all);
}

}  // namespace troupe::tool

#include "commands/demo_changes.h"

#include <fmt/format.h>
#include <troupe/admin_client.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "nodes/shop_tree.h"

namespace demo {

namespace {

using Clock = std::chrono::steady_clock;

std::int64_t ms_since(Clock::time_point begun) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun).count();
}

void insist_on(const troupe::Result<void>& done) {
  if (!done.ok()) throw done.error();
}

std::size_t count_of(const std::map<int, std::string>& owners, const std::string& node) {
  return static_cast<std::size_t>(
      std::count_if(owners.begin(), owners.end(), [&](const auto& one) { return one.second == node; }));
}

std::size_t differing(const std::map<int, std::string>& before, const std::map<int, std::string>& after) {
  return static_cast<std::size_t>(std::count_if(after.begin(), after.end(), [&](const auto& one) {
    const auto found = before.find(one.first);
    return found == before.end() || found->second != one.second;
  }));
}

}  // namespace

nlohmann::json as_json(const std::vector<ClusterStep>& steps) {
  auto out = nlohmann::json::array();
  for (const auto& step : steps)
    out.push_back({{"what", step.what},
                   {"node", step.node},
                   {"ms", step.ms},
                   {"partitions_moved", step.moved},
                   {"partitions_to_move", step.to_move}});
  return out;
}

std::vector<ClusterStep> ClusterChanges::play() {
  const auto running = config_.nodes;
  insist_on(members().await_share(running.back().name, {}));  // what is still on its way is not of these steps
  (void)visitors_.longest_wait();
  std::vector<ClusterStep> steps;
  steps.push_back(join(fmt::format("shop-{}", running.size() + 1)));
  steps.push_back(leave(running.front().name));
  if (config_.nodes.size() < 2) return steps;  // nobody could take what the last one owns
  for (const auto& node : config_.nodes) steps.push_back(roll(node));
  return steps;
}

ClusterStep ClusterChanges::join(const std::string& name) {
  const auto before = owners();
  const auto begun = Clock::now();
  const auto node = config_.node(name);
  processes_.add("", shop_process(config_, node));
  config_.nodes.push_back(node);
  const auto started = ms_since(begun);
  insist_on(members().await_share(name, {}));
  ClusterStep step{"join", name, ms_since(begun)};
  const auto after = owners();
  step.moved = differing(before, after);
  step.to_move = after.size() / config_.nodes.size();
  tell(fmt::format("{} joins: it runs after {} ms, and has its share after {} ms: {} of {} partitions moved, {} had to",
                   name, started, step.ms, step.moved, after.size(), step.to_move));
  return step;
}

ClusterStep ClusterChanges::leave(const std::string& name) {
  const auto before = owners();
  const auto begun = Clock::now();
  insist_on(members().drain(name));
  insist_on(members().await_empty(name, {}));
  ClusterStep step{"leave", name, ms_since(begun)};
  step.moved = differing(before, owners());
  step.to_move = count_of(before, name);
  processes_.remove(name);
  std::erase_if(config_.nodes, [&](const ShopNode& node) { return node.name == name; });
  insist_on(members().leave(name));
  tell(fmt::format("{} is drained and leaves: {} of its {} partitions moved in {} ms, then its process is stopped",
                   name, step.moved, step.to_move, step.ms));
  return step;
}

ClusterStep ClusterChanges::roll(const ShopNode& node) {
  const auto begun = Clock::now();
  const std::size_t owned = count_of(owners(), node.name);
  insist_on(members().drain(node.name));
  insist_on(members().await_empty(node.name, {}));
  const auto drained = ms_since(begun);
  processes_.replace(shop_process(config_, node));
  const auto started = ms_since(begun) - drained;
  insist_on(members().serve(node.name));
  insist_on(members().await_share(node.name, {}));
  const ClusterStep step{"roll", node.name, ms_since(begun), 2 * owned, 2 * owned};
  tell(fmt::format("{} is started anew: {} partitions given in {} ms, a new process in {} ms, its share back in {} ms",
                   node.name, owned, drained, started, step.ms - drained - started));
  return step;
}

troupe::MemberClient ClusterChanges::members() const {
  std::vector<std::filesystem::path> places;
  // The one that is about to change is often the first or the last; whoever does not answer is passed over.
  for (const auto& node : config_.nodes) places.push_back(node.data_dir);
  return troupe::MemberClient(std::move(places));
}

std::map<int, std::string> ClusterChanges::owners() const {
  std::map<int, std::string> owners;
  for (const auto& node : config_.nodes) {
    auto reply = troupe::AdminClient(node.data_dir).request("GET", "/partitions");
    if (!reply.ok() || reply->status != 200) continue;
    const auto said = nlohmann::json::parse(reply->json);
    for (const auto& one : said.at("partitions"))
      owners[one.at("number").get<int>()] = one.at("owner").get<std::string>();
    break;
  }
  return owners;
}

void ClusterChanges::tell(const std::string& what) {
  say_(fmt::format("{}; the longest call meanwhile took {} ms", what, visitors_.longest_wait().count()));
}

}  // namespace demo

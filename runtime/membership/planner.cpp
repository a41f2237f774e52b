#include "membership/planner.h"

#include <algorithm>
#include <set>
#include <utility>

namespace troupe::membership {
namespace {

// One kind of partitions: each is balanced by itself, so that whoever owns many durable ones does not lack the others.
struct Kind {
  PartitionId first = 0, past = 0;
};
constexpr Kind kKinds[] = {{0, kPartitions}, {kPartitions, kAllPartitions}};

// Members that live and serve, and are no clients.
struct Serving {
  std::map<std::string, std::uint32_t> weights;  // of those that may get more; empty: nobody gets anything
  std::set<std::string> joining;                 // keep what they have, and get nothing until they are ready
};

Serving serving(const Directory& directory) {
  Serving out;
  for (const auto& [name, known] : directory.members()) {
    if (known.record.client || known.record.state != MemberState::serving || !directory.alive(name)) continue;
    if (known.record.ready) {
      out.weights[name] = known.record.weight;
    } else {
      out.joining.insert(name);
    }
  }
  const auto& weights = out.weights;
  if (std::none_of(weights.begin(), weights.end(), [](const auto& one) { return one.second > 0; })) out.weights.clear();
  return out;
}

// Partitions of the kind that may move, where they are or are to be by what was planned before.
struct Standing {
  std::map<std::string, std::vector<PartitionId>> at;  // by member that serves
  std::map<std::string, std::size_t> pinned;           // by member that serves: as many more, which stay there
  std::vector<PartitionId> elsewhere;                  // of owners that do not serve, and are to be moved
  std::set<PartitionId> in_vain;                       // on their way to who cannot have them
};

Standing standing(const Directory& directory, const Kind& kind, const Serving& members, Pins pins) {
  const auto& weights = members.weights;
  Standing out;
  for (PartitionId id = kind.first; id < kind.past; ++id) {
    const auto* known = directory.partition(id);
    if (!known) continue;
    const PartitionRecord& record = known->record;
    const bool lives = directory.alive(record.owner);
    if (!lives && has_rows(id)) continue;
    const bool goes = lives && weights.contains(record.target) && !directory.refusal(record, record.target);
    if (lives && !goes && !record.target.empty()) out.in_vain.insert(id);
    const std::string& place = goes ? record.target : record.owner;
    if (weights.contains(place)) {
      if (record.pinned && pins == Pins::hold)
        ++out.pinned[place];
      else
        out.at[place].push_back(id);
    } else if (!lives || !members.joining.contains(place)) {
      out.elsewhere.push_back(id);
    }
  }
  return out;
}

// By any member that is there still.
bool is_refused(const Directory& directory, const PartitionRecord& record) {
  return std::any_of(record.refused.begin(), record.refused.end(),
                     [&](const auto& one) { return directory.refusal(record, one.first) != nullptr; });
}

// Who owns least for its weight of those that may have it; empty: nobody may.
std::string least_of(const Directory& directory, PartitionId id, const std::map<std::string, std::uint32_t>& weights,
                     const std::map<std::string, std::size_t>& owned) {
  const std::string* least = nullptr;
  const auto load = [&](const std::string& name) {
    const auto at = owned.find(name);
    return static_cast<double>(at == owned.end() ? 0 : at->second) / weights.at(name);
  };
  for (const auto& [name, weight] : weights)
    if (weight > 0 && !directory.refusal(directory.partition(id)->record, name) &&
        (!least || load(name) < load(*least)))
      least = &name;
  return least ? *least : std::string();
}

}  // namespace

std::map<std::string, std::size_t> shares(const std::map<std::string, std::uint32_t>& weights,
                                          const std::map<std::string, std::size_t>& owned, std::size_t count) {
  std::uint64_t sum = 0;
  for (const auto& [name, weight] : weights) sum += weight;
  std::map<std::string, std::size_t> out;
  if (sum == 0) return out;
  struct Rest {
    std::uint64_t remainder;
    std::size_t owned;
    std::string name;
  };
  std::vector<Rest> rests;
  std::size_t given = 0;
  for (const auto& [name, weight] : weights) {
    const std::uint64_t exact = std::uint64_t{weight} * count;
    given += out[name] = static_cast<std::size_t>(exact / sum);
    const auto at = owned.find(name);
    if (weight > 0) rests.push_back({exact % sum, at == owned.end() ? 0 : at->second, name});
  }
  std::sort(rests.begin(), rests.end(), [](const Rest& one, const Rest& other) {
    if (one.remainder != other.remainder) return one.remainder > other.remainder;
    if (one.owned != other.owned) return one.owned > other.owned;
    return one.name < other.name;
  });
  for (std::size_t i = 0; given < count; ++i, ++given) ++out[rests[i % rests.size()].name];
  return out;
}

Plan plan(const Directory& directory, Pins pins) {
  Plan out;
  const auto members = serving(directory);
  if (members.weights.empty()) return out;
  for (const Kind& kind : kKinds) {
    Standing now = standing(directory, kind, members, pins);
    std::map<std::string, std::size_t> owned = now.pinned;
    for (const auto& [name, partitions] : now.at) owned[name] += partitions.size();
    std::size_t count = now.elsewhere.size();
    for (const auto& [name, some] : owned) count += some;
    const auto wanted = shares(members.weights, owned, count);
    std::vector<PartitionId> homeless = std::move(now.elsewhere);
    const std::set<PartitionId> leaves(homeless.begin(), homeless.end());
    for (auto& [name, partitions] : now.at) {
      const std::size_t share = wanted.at(name);
      // What others refused stays rather than what may go.
      std::stable_partition(partitions.begin(), partitions.end(),
                            [&](PartitionId id) { return is_refused(directory, directory.partition(id)->record); });
      for (; owned[name] > share && !partitions.empty(); --owned[name]) {
        homeless.push_back(partitions.back());
        partitions.pop_back();
      }
    }
    std::sort(homeless.begin(), homeless.end());
    const auto give = [&](PartitionId id, const std::string& to) {
      now.in_vain.erase(id);
      auto& into = directory.alive(directory.partition(id)->record.owner) ? out.gives : out.takes;
      into.push_back({id, to});
      ++owned[to];
    };
    for (const auto& [name, share] : wanted) {
      std::erase_if(homeless, [&, &to = name, &most = share](PartitionId id) {
        if (owned[to] >= most || directory.refusal(directory.partition(id)->record, to)) return false;
        give(id, to);
        return true;
      });
    }
    // What has to leave goes beyond shares where those whose share it would be cannot have it.
    for (const PartitionId id : homeless)
      if (const auto to = leaves.contains(id) ? least_of(directory, id, members.weights, owned) : std::string();
          !to.empty())
        give(id, to);
    for (const PartitionId id : now.in_vain) out.gives.push_back({id, directory.partition(id)->record.owner});
  }
  return out;
}

std::string planner_of(const Directory& directory) {
  for (const auto& [name, known] : directory.members())
    if (!known.record.client && known.record.state != MemberState::left && directory.alive(name)) return name;
  return {};
}

}  // namespace troupe::membership

// The rules themselves.
#include "checks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <numeric>
#include <unordered_set>
#include <utility>

#include "taken_names.h"
#include "troupe/limits.h"

namespace troupe::schema {

namespace {

constexpr std::array<std::string_view, 4> kPlacements = {"keyed", "pool", "pinned", "singleton"};
constexpr std::array<std::string_view, 6> kBalances = {"least_outstanding", "round_robin",     "random",
                                                       "weighted",          "consistent_hash", "local_first"};
// More names than this are no help.
constexpr std::size_t kMostCandidates = 6;

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
  return result;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const auto replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

// Depth-first over the fields a struct can hold, once per struct.
class CapabilitySearch {
 public:
  explicit CapabilitySearch(const Nodes& nodes) : nodes_(nodes) {}

  std::optional<std::string> in_struct(const Node& structure) {
    if (!structure.isStruct() || !seen_.insert(structure.getId()).second) return std::nullopt;
    for (auto field : structure.getStruct().getFields()) {
      const std::string name = field.getName();
      auto inner = field.isGroup() ? in_struct_of(field.getGroup().getTypeId()) : in_type(field.getSlot().getType());
      if (inner) return inner->empty() ? name : name + "." + *inner;
    }
    return std::nullopt;
  }

 private:
  // An empty path: the type itself is a capability.
  std::optional<std::string> in_type(capnp::schema::Type::Reader type) {
    if (type.isInterface()) return "";
    if (type.isAnyPointer() && type.getAnyPointer().isUnconstrained() &&
        type.getAnyPointer().getUnconstrained().isCapability())
      return "";
    if (type.isList()) return in_type(type.getList().getElementType());
    if (!type.isStruct()) return std::nullopt;
    if (auto inner = in_brand(type.getStruct().getBrand())) return inner;
    return in_struct_of(type.getStruct().getTypeId());
  }

  std::optional<std::string> in_brand(capnp::schema::Brand::Reader brand) {
    for (auto scope : brand.getScopes()) {
      if (!scope.isBind()) continue;
      for (auto binding : scope.getBind())
        if (binding.isType())
          if (auto inner = in_type(binding.getType())) return inner;
    }
    return std::nullopt;
  }

  std::optional<std::string> in_struct_of(std::uint64_t id) {
    const Node* node = nodes_.find(id);
    return node ? in_struct(*node) : std::nullopt;
  }

  const Nodes& nodes_;
  std::unordered_set<std::uint64_t> seen_;
};

}  // namespace

Complaint check_placement(std::string_view placement, bool durable) {
  if (std::find(kPlacements.begin(), kPlacements.end(), placement) == kPlacements.end())
    return fmt::format("unknown placement \"{}\"; write one of {}", placement, fmt::join(kPlacements, ", "));
  if (durable && (placement == "pool" || placement == "pinned"))
    return fmt::format(
        "placement \"{}\" is for actors that keep nothing: remove the state, or write \"keyed\" or "
        "\"singleton\"",
        placement);
  return std::nullopt;
}

Complaint check_balance(std::string_view balance) {
  if (std::find(kBalances.begin(), kBalances.end(), balance) != kBalances.end()) return std::nullopt;
  return fmt::format("unknown balance \"{}\"; write one of {}", balance, fmt::join(kBalances, ", "));
}

Complaint check_instances(unsigned instances) {
  if (instances <= limits::kMaxPoolInstances) return std::nullopt;
  return fmt::format("instances is {}; a node has at most {} actors of a pool", instances, limits::kMaxPoolInstances);
}

Complaint check_of_pool(std::string_view option, std::string_view placement) {
  if (placement == "pool") return std::nullopt;
  return fmt::format("{} is said of pools; write placement = \"pool\", or remove it", option);
}

Complaint check_method_name(std::string_view cpp_name) {
  // Every method is there as a durable message too.
  for (const auto& name : {std::string(cpp_name), fmt::format("send_{}", cpp_name)})
    if (std::find(kTakenNames.begin(), kTakenNames.end(), name) != kTakenNames.end())
      return fmt::format(
          "a method cannot be called '{0}' in C++, since Troupe's own classes use the name '{1}'; rename it, or add "
          "$Cxx.name(\"{0}Of\")",
          cpp_name, name);
  return std::nullopt;
}

std::optional<CapabilityField> find_capability(const Nodes& nodes, const Node& structure) {
  const auto path = CapabilitySearch(nodes).in_struct(structure);
  if (!path) return std::nullopt;
  return CapabilityField{path->substr(0, path->find('.')), *path};
}

std::string suggestion(std::string_view wanted, const std::vector<std::string>& candidates) {
  const std::string* nearest = nullptr;
  std::size_t least = std::max<std::size_t>(2, wanted.size() / 3) + 1;
  for (const auto& candidate : candidates) {
    const auto distance = edit_distance(lower(wanted), lower(candidate));
    if (distance < least) {
      least = distance;
      nearest = &candidate;
    }
  }
  if (nearest) return fmt::format(" Did you mean '{}'?", *nearest);
  if (candidates.empty()) return {};
  const auto shown = std::min(candidates.size(), kMostCandidates);
  return fmt::format(" There is: {}{}.",
                     fmt::join(candidates.begin(), candidates.begin() + static_cast<long>(shown), ", "),
                     shown < candidates.size() ? ", ..." : "");
}

}  // namespace troupe::schema

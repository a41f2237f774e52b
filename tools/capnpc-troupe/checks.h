// The rules a schema must keep, as pure functions: each answers with what is wrong and what to do, or with
// nothing. They know no places; the caller adds those.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model.h"
#include "nodes.h"

namespace troupe::schema {

using Complaint = std::optional<std::string>;

// `durable`: of a service that names a state.
[[nodiscard]] Complaint check_placement(std::string_view placement, bool durable);
[[nodiscard]] Complaint check_balance(std::string_view balance);
[[nodiscard]] Complaint check_instances(unsigned instances);
// Of an option that is said of pools alone.
[[nodiscard]] Complaint check_of_pool(std::string_view option, std::string_view placement);
// Names that the generated actor and its base already use.
[[nodiscard]] Complaint check_method_name(std::string_view cpp_name);

// A struct's way to a capability: the field it starts with, and the whole path, "item.callback".
struct CapabilityField {
  std::string first;
  std::string path;
};
// References to objects cannot be stored or sent between actors; nullopt is good.
[[nodiscard]] std::optional<CapabilityField> find_capability(const Nodes& nodes, const Node& structure);

// " Did you mean 'StockState'?" for names near `wanted`, else the candidates, else "".
[[nodiscard]] std::string suggestion(std::string_view wanted, const std::vector<std::string>& candidates);

}  // namespace troupe::schema

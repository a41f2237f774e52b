// The kinds of durable keys by name, and which of them are laid out alike. Each is a switch without a default: the
// compiler names the kind that was forgotten. Pure functions; any thread.
#pragma once

#include <optional>
#include <string_view>

#include "store/format/keys.h"

namespace troupe::store {

// For people and tools: "dead_letter". Empty for a number that no version up to this one writes.
[[nodiscard]] std::string_view name_of(KeyKind kind) noexcept;
// Whether its keys begin with their actor, as row_key() lays them out.
[[nodiscard]] bool begins_with_owner(KeyKind kind) noexcept;
// Of a durable key; nothing where it is of no kind that is known here.
[[nodiscard]] std::optional<KeyKind> key_kind(std::string_view key) noexcept;

}  // namespace troupe::store

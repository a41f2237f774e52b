// The contracts and states of some program at some time: what two of which are compared (schema_changes.h).
//
// A set comes from a build, from a store's catalogue, from the Cap'n Proto compiler, or from text that another process
// wrote. None of them is trusted. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reflect/schema_book.h"
#include "troupe/error.h"

namespace troupe::reflect {

struct ServiceSchema {
  std::uint64_t type_id = 0;        // of the interface
  std::uint64_t state_type = 0;     // 0: it keeps nothing
  std::uint32_t state_version = 0;  // $Troupe.actor(version = ...)
  std::string name;                 // "Stock"
};

// What the rows of a service's table are; of stores alone, for a program says so when it first uses the table.
struct TableRows {
  std::uint64_t service = 0;
  std::string name;
  std::uint64_t row_type = 0;
};

struct SchemaSet {
  std::vector<SchemaNode> nodes;
  std::vector<ServiceSchema> services;
  std::vector<TableRows> tables{};
};

// What `capnp compile -o-` writes. The state that a service names is looked for as capnpc-troupe does: inside the
// interface, then in each scope around it. `invalid`: there is no such struct; `corrupt`: the bytes are no request.
[[nodiscard]] Result<SchemaSet> from_compiler(std::span<const std::byte> request);

// Those services, their tables, and every type that these refer to. `corrupt`: a node cannot be read.
[[nodiscard]] Result<SchemaSet> only_of(const SchemaSet& set, const std::set<std::uint64_t>& services);

// As text, for another process: {"services": [...], "tables": [...], "nodes": [...]}. `corrupt`: it is no such text.
[[nodiscard]] std::string to_text(const SchemaSet& set);
[[nodiscard]] Result<SchemaSet> from_text(std::string_view text);

}  // namespace troupe::reflect

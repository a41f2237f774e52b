// Tables as they lie in a store: [the actor's prefix][u8 length of the name][name][row key]. The row without a key
// counts the others, and knows their type.
#pragma once

#include <string>
#include <string_view>

#include "inspect/stored_names.h"
#include "store/store.h"

namespace troupe::inspect {

// What the rows of a table begin with.
[[nodiscard]] std::string table_prefix(const store::RowOwner& actor, std::string_view table);

struct TableCount {
  std::uint64_t rows = 0;
  std::uint64_t row_type = 0;
};
[[nodiscard]] Result<TableCount> table_count(const store::Store& store, const std::string& prefix);

// A row as JSON; a string of hexadecimal digits where its type is not known.
[[nodiscard]] Result<std::string> row_json(const StoredNames& names, std::uint64_t row_type,
                                           const store::Record& record);

}  // namespace troupe::inspect

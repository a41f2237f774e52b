#include "inspect/stored_tables.h"

#include <troupe/store.capnp.h>

#include "inspect/key_text.h"

namespace troupe::inspect {

std::string table_prefix(const store::RowOwner& actor, std::string_view table) {
  return store::row_key(store::KeyKind::table, actor) + static_cast<char>(table.size()) + std::string(table);
}

Result<TableCount> table_count(const store::Store& store, const std::string& prefix) {
  TableCount count;
  auto bytes = store.read(prefix);
  if (!bytes.ok()) return bytes.error();
  if (!*bytes) return count;
  auto read = read_row({prefix, std::move(**bytes)}, [&](capnp::AnyPointer::Reader root) -> Result<void> {
    const auto row = root.getAs<rows::Count>();
    count = {row.getRows(), row.getRowType()};
    return {};
  });
  if (!read.ok()) return read.error();
  return count;
}

Result<std::string> row_json(const StoredNames& names, std::uint64_t row_type, const store::Record& record) {
  std::string out;
  auto read = read_row(record, [&](capnp::AnyPointer::Reader root) -> Result<void> {
    auto json = names.json(row_type, root);
    if (!json.ok()) return json.error();
    const auto words = store::parse_row(record.value).value();
    out = json->value_or("\"" + to_hex({reinterpret_cast<const char*>(words.data()), words.size()}) + "\"");
    return {};
  });
  if (!read.ok()) return read.error();
  return out;
}

}  // namespace troupe::inspect

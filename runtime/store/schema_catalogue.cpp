// The "schema" table: key [u8 kind][u64 type id, big-endian]. Kind 1: one encoded schema.Node message.
// Kind 2, a service: u64 state type id (little-endian), then the service's name. Kind 3, of a service whose state
// version is not 0: u32 state version (little-endian). Kind 4, a table: its name follows the service's id in the key;
// u64 row type id (little-endian).
#include "store/schema_catalogue.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <type_traits>
#include <utility>

#include "store/lmdb/environment.h"
#include "store/lmdb/lmdb_error.h"

namespace troupe::store {
namespace {

constexpr char kNode = 1;
constexpr char kService = 2;
constexpr char kStateVersion = 3;
constexpr char kTable = 4;
constexpr std::size_t kKeyBytes = 9;

std::string key_of(char kind, std::uint64_t type_id) {
  std::string key(1, kind);
  for (int shift = 56; shift >= 0; shift -= 8) key.push_back(static_cast<char>((type_id >> shift) & 0xff));
  return key;
}

std::uint64_t type_of(std::string_view key) {
  std::uint64_t id = 0;
  for (const char byte : key.substr(1, 8)) id = id << 8 | static_cast<unsigned char>(byte);
  return id;
}

using Row = std::pair<std::string, std::string>;

std::vector<Row> rows_of(std::span<const SchemaNodeBytes> nodes, std::span<const ServiceEntry> services,
                         std::span<const TableEntry> tables) {
  std::vector<Row> rows;
  rows.reserve(nodes.size() + services.size() + tables.size());
  for (const TableEntry& table : tables) {
    std::string value(sizeof table.row_type, '\0');
    std::memcpy(value.data(), &table.row_type, sizeof table.row_type);
    rows.emplace_back(key_of(kTable, table.service) + table.name, std::move(value));
  }
  for (const SchemaNodeBytes& node : nodes)
    rows.emplace_back(key_of(kNode, node.type_id),
                      std::string(reinterpret_cast<const char*>(node.node.data()), node.node.size()));
  for (const ServiceEntry& service : services) {
    std::string value(sizeof service.state_type_id, '\0');
    std::memcpy(value.data(), &service.state_type_id, sizeof service.state_type_id);
    rows.emplace_back(key_of(kService, service.type_id), value + service.name);
    if (service.state_version == 0) continue;
    std::string version(sizeof service.state_version, '\0');
    std::memcpy(version.data(), &service.state_version, sizeof service.state_version);
    rows.emplace_back(key_of(kStateVersion, service.type_id), std::move(version));
  }
  return rows;
}

// Calls `row(type id, value)` for every row of one kind; of tables also with what follows the id.
template <class RowFunction>
Result<void> walk(Environment& environment, char kind, RowFunction row) {
  const std::string tried = "cannot read the schemas of the store at " + environment.directory().string();
  auto reading = environment.read();
  if (!reading) return reading.error();
  MDB_cursor* cursor = nullptr;
  int code = mdb_cursor_open(reading->txn(), environment.table(Table::schema), &cursor);
  if (code != 0) return lmdb_error(tried, code);
  const std::string first = key_of(kind, 0);
  MDB_val key = as_val(first), value{};
  bool whole = true;
  code = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
  for (; code == 0 && whole; code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
    const std::string_view name = as_view(key);
    if (name.empty() || name[0] != kind) break;
    if constexpr (std::is_invocable_v<RowFunction, std::uint64_t, std::string_view, std::string_view>) {
      whole = name.size() > kKeyBytes && row(type_of(name), name.substr(kKeyBytes), as_view(value));
    } else {
      whole = name.size() == kKeyBytes && row(type_of(name), as_view(value));
    }
  }
  mdb_cursor_close(cursor);
  if (!whole) return Error(ErrorKind::corrupt, tried + ": a row is damaged");
  if (code != 0 && code != MDB_NOTFOUND) return lmdb_error(tried, code);
  return {};
}

}  // namespace

Result<void> SchemaCatalogue::remember(std::span<const SchemaNodeBytes> nodes, std::span<const ServiceEntry> services,
                                       std::span<const TableEntry> tables) {
  const std::string tried = "cannot write the schemas to the store at " + environment_.directory().string();
  std::vector<Row> rows = rows_of(nodes, services, tables);
  {
    auto reading = environment_.read();
    if (!reading) return reading.error();
    std::erase_if(rows, [&](const Row& row) {
      MDB_val key = as_val(row.first), value{};
      return mdb_get(reading->txn(), environment_.table(Table::schema), &key, &value) == 0 &&
             as_view(value) == row.second;
    });
  }
  if (rows.empty()) return {};

  std::size_t bytes = 0;
  for (const Row& row : rows) bytes += row.first.size() + row.second.size();
  const auto written = environment_.write(bytes, [&](MDB_txn* txn) {
    for (const Row& row : rows) {
      MDB_val key = as_val(row.first), value = as_val(row.second);
      if (const int code = mdb_put(txn, environment_.table(Table::schema), &key, &value, 0); code != 0) return code;
    }
    return 0;
  });
  if (written.code != 0) return lmdb_error(tried, written.code);
  changes_.fetch_add(1, std::memory_order_acq_rel);
  return {};
}

Result<void> SchemaCatalogue::keep_only(const Kept& kept) {
  std::vector<std::string> gone;
  const auto note = [&](char kind, const std::set<std::uint64_t>& stay) {
    return walk(environment_, kind, [&](std::uint64_t id, std::string_view) {
      if (!stay.contains(id)) gone.push_back(key_of(kind, id));
      return true;
    });
  };
  if (auto noted = note(kNode, kept.types); !noted) return noted;
  if (auto noted = note(kService, kept.services); !noted) return noted;
  if (auto noted = note(kStateVersion, kept.services); !noted) return noted;
  auto noted = walk(environment_, kTable, [&](std::uint64_t id, std::string_view name, std::string_view) {
    if (!kept.services.contains(id)) gone.push_back(key_of(kTable, id) + std::string(name));
    return true;
  });
  if (!noted) return noted;
  if (gone.empty()) return {};

  std::size_t bytes = 0;
  for (const std::string& key : gone) bytes += key.size();
  const auto written = environment_.write(bytes, [&](MDB_txn* txn) {
    for (const std::string& each : gone) {
      MDB_val key = as_val(each);
      const int code = mdb_del(txn, environment_.table(Table::schema), &key, nullptr);
      if (code != 0 && code != MDB_NOTFOUND) return code;
    }
    return 0;
  });
  if (written.code != 0)
    return lmdb_error("cannot write the schemas to the store at " + environment_.directory().string(), written.code);
  changes_.fetch_add(1, std::memory_order_acq_rel);
  return {};
}

Result<std::vector<SchemaNodeBytes>> SchemaCatalogue::nodes() const {
  std::vector<SchemaNodeBytes> nodes;
  auto walked = walk(environment_, kNode, [&](std::uint64_t type_id, std::string_view value) {
    const auto* bytes = reinterpret_cast<const std::byte*>(value.data());
    nodes.push_back({type_id, {bytes, bytes + value.size()}});
    return true;
  });
  if (!walked) return walked.error();
  return nodes;
}

Result<std::vector<ServiceEntry>> SchemaCatalogue::services() const {
  std::map<std::uint64_t, std::uint32_t> versions;
  auto walked = walk(environment_, kStateVersion, [&](std::uint64_t type_id, std::string_view value) {
    if (value.size() != sizeof(std::uint32_t)) return false;
    std::memcpy(&versions[type_id], value.data(), value.size());
    return true;
  });
  if (!walked) return walked.error();
  std::vector<ServiceEntry> services;
  walked = walk(environment_, kService, [&](std::uint64_t type_id, std::string_view value) {
    ServiceEntry entry;
    entry.type_id = type_id;
    if (value.size() < sizeof entry.state_type_id) return false;
    std::memcpy(&entry.state_type_id, value.data(), sizeof entry.state_type_id);
    entry.name = value.substr(sizeof entry.state_type_id);
    if (const auto version = versions.find(type_id); version != versions.end()) entry.state_version = version->second;
    services.push_back(std::move(entry));
    return true;
  });
  if (!walked) return walked.error();
  return services;
}

Result<std::vector<TableEntry>> SchemaCatalogue::tables() const {
  std::vector<TableEntry> tables;
  const auto add = [&](std::uint64_t service, std::string_view name, std::string_view value) {
    if (value.size() != sizeof(std::uint64_t)) return false;
    TableEntry entry{service, std::string(name), 0};
    std::memcpy(&entry.row_type, value.data(), value.size());
    tables.push_back(std::move(entry));
    return true;
  };
  if (auto walked = walk(environment_, kTable, add); !walked) return walked.error();
  return tables;
}

}  // namespace troupe::store

// The schemas the store carries, so that tools print any actor's state with no compiled-in type.
//
// Bytes in, bytes out: what the bytes mean (encoded capnp schema.Node messages) is another room's business.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "troupe/error.h"

namespace troupe::store {

class Environment;

struct SchemaNodeBytes {
  std::uint64_t type_id = 0;
  std::vector<std::byte> node;  // one encoded schema.Node message
};

struct ServiceEntry {
  std::uint64_t type_id = 0;        // of the interface
  std::uint64_t state_type_id = 0;  // 0: stateless
  std::string name;                 // "shop.Stock"
  std::uint32_t state_version = 0;  // of what the state means
};

// What the rows of a service's table are.
struct TableEntry {
  std::uint64_t service = 0;  // the interface's type id
  std::string name;           // "lines"
  std::uint64_t row_type = 0;
};

class SchemaCatalogue {
 public:
  explicit SchemaCatalogue(Environment& environment) noexcept : environment_(environment) {}

  // Writes what is new or changed, in one durable transaction; no transaction when nothing is. Blocks the
  // calling thread for the sync. Any thread.
  [[nodiscard]] Result<void> remember(std::span<const SchemaNodeBytes> nodes, std::span<const ServiceEntry> services,
                                      std::span<const TableEntry> tables = {});
  // Takes away what is remembered of all but these, in one durable transaction. Any thread.
  struct Kept {
    std::set<std::uint64_t> types;     // nodes
    std::set<std::uint64_t> services;  // with their tables
  };
  [[nodiscard]] Result<void> keep_only(const Kept& kept);
  // Grows with everything that changes what is remembered. Any thread.
  [[nodiscard]] std::uint64_t changes() const noexcept { return changes_.load(std::memory_order_acquire); }
  // In order of type id. Any thread.
  [[nodiscard]] Result<std::vector<SchemaNodeBytes>> nodes() const;
  [[nodiscard]] Result<std::vector<ServiceEntry>> services() const;
  [[nodiscard]] Result<std::vector<TableEntry>> tables() const;

 private:
  Environment& environment_;
  std::atomic<std::uint64_t> changes_{0};
};

}  // namespace troupe::store

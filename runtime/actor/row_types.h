// The structs that rows of tables are: checked against what the store remembers of a table before its first use, and
// made known to the store, so that no build misreads what another wrote, and whoever looks at rows needs no program's
// code.
//
// Any thread. What was checked once costs a look-up without a lock.
#pragma once

#include <capnp/schema.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"
#include "troupe/log.h"
#include "troupe/service.h"

namespace troupe::actor {

struct TableType {
  const ServiceInfo& service;
  std::string_view table;
  std::uint64_t row_type;
  StructSchemaOf schema;
};

class RowTypes {
 public:
  RowTypes() = default;
  RowTypes(RowTypes&&) = delete;

  // True: the store has seen a later form of the struct, and what that has more is to be kept. Throws `invalid`, also
  // every later time: the table holds rows of another struct, or of a form of this one that it may not follow
  // (runtime/doc/schema_evolution.md). The first time that a store meets a table the calling thread waits for the disk.
  // If that fails it is tried again at the next use.
  [[nodiscard]] bool check(store::Store& store, const LogSink& log, const TableType& type);
  // `change` what the store remembers of schemas, while nothing here does; then every table is checked anew.
  template <class Change>
  void renew(Change change) {
    const std::lock_guard lock(mutex_);
    change();
    latest_.store(nullptr, std::memory_order_release);
  }

 private:
  struct Checked {
    std::uint64_t service;
    std::string table;
    std::uint64_t row_type;
    std::optional<Error> refusal{};
    bool later = false;  // the store has seen a later form
  };
  using Entries = std::vector<std::shared_ptr<const Checked>>;

  [[nodiscard]] static const Checked* find(const Entries& entries, const TableType& type);
  // What the first use found; nothing when the store could not be asked.
  [[nodiscard]] std::optional<Checked> first_use(store::Store& store, const LogSink& log, const TableType& type) const;

  std::mutex mutex_;  // of whoever adds
  std::vector<std::unique_ptr<const Entries>> versions_;
  std::atomic<const Entries*> latest_{nullptr};  // the last of them; readers may still hold one before
};

}  // namespace troupe::actor

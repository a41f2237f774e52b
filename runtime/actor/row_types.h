// The structs that rows of tables are, made known to the store, so that whoever looks at it can show rows without this
// program's code. Any thread.
#pragma once

#include <capnp/schema.h>

#include <cstdint>
#include <mutex>
#include <unordered_set>

#include "store/store.h"

namespace troupe::actor {

class RowTypes {
 public:
  // Once for each type; the first time that a store meets it, the calling thread waits for the disk. If that fails rows
  // are shown as bytes, and it is tried again.
  void remember(store::Store& store, std::uint64_t id, capnp::StructSchema (*schema)());

 private:
  std::mutex mutex_;
  std::unordered_set<std::uint64_t> known_;
};

}  // namespace troupe::actor

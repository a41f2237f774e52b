#include "actor/row_types.h"

#include "wire/schema_book.h"

namespace troupe::actor {

void RowTypes::remember(store::Store& store, std::uint64_t id, capnp::StructSchema (*schema)()) {
  {
    std::lock_guard lock(mutex_);
    if (known_.contains(id)) return;
  }
  std::vector<store::SchemaNodeBytes> nodes;
  for (auto& node : wire::encode_schemas(schema())) nodes.push_back({node.type_id, std::move(node.message)});
  if (!store.schemas().remember(nodes, {}).ok()) return;
  std::lock_guard lock(mutex_);
  known_.insert(id);
}

}  // namespace troupe::actor

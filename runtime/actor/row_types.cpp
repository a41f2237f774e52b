#include "actor/row_types.h"

#include "base/log_fields.h"
#include "reflect/schema_book.h"
#include "reflect/type_id_text.h"
#include "reflect/way_back.h"

namespace troupe::actor {
namespace {

std::string text_of(const TableType& type) {
  return "table \"" + std::string(type.table) + "\" of service " + type.service.name;
}

Error other_struct(const TableType& type, std::uint64_t before) {
  return Error(ErrorKind::invalid,
               text_of(type) + " holds rows of the struct " + reflect::type_id_text(before) +
                   ", and is now used with " + reflect::short_name(type.schema()) + " (" +
                   reflect::type_id_text(type.row_type) +
                   "); nothing was read or written. Give the other rows a table of another name, or a struct that was "
                   "renamed or moved its old id");
}

Error not_to_follow(const TableType& type, const std::vector<std::string>& refused) {
  std::string message = text_of(type) + " was written with other schemas, and " + std::to_string(refused.size()) +
                        (refused.size() == 1 ? " change since is" : " changes since are") +
                        " not allowed; nothing was read or written:";
  for (const auto& sentence : refused) message += "\n  " + sentence;
  return Error(ErrorKind::invalid, message + "\nThe rules are in schema_evolution.md");
}

}  // namespace

// Services have few tables, and a node few services: a walk is as fast as a map.
const RowTypes::Checked* RowTypes::find(const Entries& entries, const TableType& type) {
  for (const auto& entry : entries)
    if (entry->row_type == type.row_type && entry->service == type.service.id && entry->table == type.table)
      return entry.get();
  return nullptr;
}

bool RowTypes::check(store::Store& store, const LogSink& log, const TableType& type) {
  const Entries* known = latest_.load(std::memory_order_acquire);
  const Checked* checked = known ? find(*known, type) : nullptr;
  if (!checked) {
    std::lock_guard lock(mutex_);
    known = latest_.load(std::memory_order_relaxed);
    checked = known ? find(*known, type) : nullptr;
    if (!checked) {
      auto found = first_use(store, log, type);
      if (!found) return false;
      auto entries = known ? std::make_unique<Entries>(*known) : std::make_unique<Entries>();
      entries->push_back(std::make_shared<const Checked>(std::move(*found)));
      checked = entries->back().get();
      latest_.store(entries.get(), std::memory_order_release);
      versions_.push_back(std::move(entries));
    }
  }
  if (checked->refusal) throw *checked->refusal;
  return checked->later;
}

std::optional<RowTypes::Checked> RowTypes::first_use(store::Store& store, const LogSink& log,
                                                     const TableType& type) const {
  Checked checked{type.service.id, std::string(type.table), type.row_type};
  auto tables = store.schemas().tables();
  auto remembered = store.schemas().nodes();
  if (!tables.ok() || !remembered.ok()) return std::nullopt;
  for (const auto& table : *tables) {
    if (table.service != type.service.id || table.name != type.table || table.row_type == type.row_type) continue;
    checked.refusal = other_struct(type, table.row_type);
    return checked;
  }

  reflect::SchemaSet before, now;
  now.nodes = reflect::encode_schemas(type.schema());
  for (auto& node : *remembered) before.nodes.push_back({node.type_id, std::move(node.node)});
  auto follows = reflect::succession(before, now);
  if (!follows.ok()) {
    checked.refusal = follows.error();
    return checked;
  }
  if (log)
    for (const auto& sentence : follows->noticed)
      log({LogLevel::warn, "actor", "the schema of a table's rows changed: " + sentence,
           LogFields{{"service", type.service.name}, {"table", type.table}}});
  if (!follows->refused.empty()) {
    checked.refusal = not_to_follow(type, follows->refused);
    return checked;
  }
  checked.later = !follows->later.empty();

  std::vector<store::SchemaNodeBytes> nodes;
  for (auto& node : now.nodes)
    if (!follows->later.contains(node.type_id)) nodes.push_back({node.type_id, std::move(node.message)});
  const store::TableEntry table[] = {{type.service.id, std::string(type.table), type.row_type}};
  if (!store.schemas().remember(nodes, {}, table).ok()) return std::nullopt;
  return checked;
}

}  // namespace troupe::actor

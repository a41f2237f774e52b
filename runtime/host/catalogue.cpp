#include "host/catalogue.h"

#include <algorithm>

#include "base/log_fields.h"
#include "store/services_in.h"

namespace troupe::host {
namespace {

std::string lines(const std::vector<std::string>& sentences) {
  std::string out;
  for (const auto& sentence : sentences) out += "\n  " + sentence;
  return out;
}

Error not_to_be_opened(const std::filesystem::path& directory, const std::vector<std::string>& refused) {
  return Error(ErrorKind::invalid,
               "the store at " + directory.string() + " was written with other schemas, and " +
                   std::to_string(refused.size()) + (refused.size() == 1 ? " change since is" : " changes since are") +
                   " not allowed; nothing was written:" + lines(refused) +
                   "\nThe rules are in schema_evolution.md; `troupe schema check " + directory.string() +
                   " NEW.capnp` applies them. A node that was drained has no rows, and starts with any schemas");
}

// What the store has seen of services that have anything in it; all of it where messages wait, which are of methods of
// any service.
Result<reflect::SchemaSet> what_has_rows(const store::Store& store, const reflect::SchemaSet& seen) {
  auto held = store::services_in(store);
  if (!held.ok()) return held.error();
  return held->messages ? seen : reflect::only_of(seen, held->services);
}

Result<void> forget_all_but(store::SchemaCatalogue& catalogue, const reflect::SchemaSet& rest) {
  store::SchemaCatalogue::Kept kept;
  for (const auto& node : rest.nodes) kept.types.insert(node.type_id);
  for (const auto& service : rest.services) kept.services.insert(service.type_id);
  return catalogue.keep_only(kept);
}

}  // namespace

Result<void> write_catalogue(store::SchemaCatalogue& catalogue, const reflect::SchemaSet& set,
                             const std::set<std::uint64_t>& without) {
  std::vector<store::SchemaNodeBytes> nodes;
  std::vector<store::ServiceEntry> services;
  std::vector<store::TableEntry> tables;
  for (const auto& node : set.nodes)
    if (!without.contains(node.type_id)) nodes.push_back({node.type_id, node.message});
  for (const auto& service : set.services)
    services.push_back({service.type_id, service.state_type, service.name, service.state_version});
  for (const auto& table : set.tables) tables.push_back({table.service, table.name, table.row_type});
  return catalogue.remember(nodes, services, tables);
}

Result<reflect::SchemaSet> read_catalogue(const store::SchemaCatalogue& catalogue) {
  auto nodes = catalogue.nodes();
  if (!nodes.ok()) return nodes.error();
  auto services = catalogue.services();
  if (!services.ok()) return services.error();
  auto tables = catalogue.tables();
  if (!tables.ok()) return tables.error();
  reflect::SchemaSet set;
  for (auto& node : *nodes) set.nodes.push_back({node.type_id, std::move(node.node)});
  for (auto& service : *services)
    set.services.push_back({service.type_id, service.state_type_id, service.state_version, std::move(service.name)});
  for (auto& table : *tables) set.tables.push_back({table.service, std::move(table.name), table.row_type});
  return set;
}

Result<void> learn_schemas(store::SchemaCatalogue& catalogue, reflect::SchemaSet theirs) {
  auto own = read_catalogue(catalogue);
  if (!own.ok()) return own.error();
  auto follows = reflect::succession({.nodes = own->nodes}, {.nodes = theirs.nodes});
  if (!follows.ok()) return follows.error();
  if (!follows->refused.empty())
    return Error(ErrorKind::refused, "other schemas were seen there than here:" + lines(follows->refused));
  const auto known = [](const auto& all, auto same) { return std::any_of(all.begin(), all.end(), same); };
  std::erase_if(theirs.services, [&](const auto& service) {
    return known(own->services, [&](const auto& mine) {
      return mine.type_id == service.type_id && mine.state_version >= service.state_version;
    });
  });
  std::erase_if(theirs.tables, [&](const auto& table) {
    return known(own->tables,
                 [&](const auto& mine) { return mine.service == table.service && mine.name == table.name; });
  });
  return write_catalogue(catalogue, theirs, follows->later);
}

Result<bool> remember_schemas(store::Store& store, const reflect::SchemaSet& now,
                              const std::filesystem::path& directory, const LogSink& log) {
  store::SchemaCatalogue& catalogue = store.schemas();
  const auto cannot = [&](const Error& why) {
    return Error(why.kind(), "the store at " + directory.string() + " cannot be opened: " + why.message());
  };
  auto seen = read_catalogue(catalogue);
  if (!seen.ok()) return seen.error();
  auto follows = reflect::succession(*seen, now);
  if (!follows.ok()) return cannot(follows.error());
  if (!follows->refused.empty() || !follows->later.empty()) {
    // What no row is of any more is no reason for anything.
    auto rest = what_has_rows(store, *seen);
    if (!rest.ok()) return cannot(rest.error());
    auto of_rest = reflect::succession(*rest, now);
    if (!of_rest.ok()) return cannot(of_rest.error());
    if (of_rest->refused.empty())
      if (auto forgotten = forget_all_but(catalogue, *rest); !forgotten.ok()) return cannot(forgotten.error());
    follows = std::move(of_rest);
  }
  if (!follows->refused.empty()) return not_to_be_opened(directory, follows->refused);
  const LogFields fields{{"path", directory.native()}};
  if (log)
    for (const auto& sentence : follows->noticed)
      log({LogLevel::warn, "host", "a schema changed: " + sentence, fields});
  if (log && !follows->later.empty())
    log({LogLevel::warn, "host",
         "this program is earlier than one that the store has seen, and keeps what it has no room for:" +
             lines(follows->later_by),
         fields});
  if (auto written = write_catalogue(catalogue, now, follows->later); !written.ok()) return written.error();
  return !follows->later.empty();
}

}  // namespace troupe::host

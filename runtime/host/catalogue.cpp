#include "host/catalogue.h"

#include "base/log_fields.h"
#include "reflect/schema_changes.h"

namespace troupe::host {
namespace {

Error not_to_be_opened(const std::filesystem::path& directory, const std::vector<std::string>& refused) {
  std::string message =
      "the store at " + directory.string() + " was written with other schemas, and " + std::to_string(refused.size()) +
      (refused.size() == 1 ? " change since is" : " changes since are") + " not allowed; nothing was written:";
  for (const auto& sentence : refused) message += "\n  " + sentence;
  return Error(ErrorKind::invalid, message + "\nThe rules are in schema_evolution.md; `troupe schema check " +
                                       directory.string() + " NEW.capnp` applies them");
}

Result<void> write(store::SchemaCatalogue& catalogue, const reflect::SchemaSet& set) {
  std::vector<store::SchemaNodeBytes> nodes;
  std::vector<store::ServiceEntry> services;
  for (const auto& node : set.nodes) nodes.push_back({node.type_id, node.message});
  for (const auto& service : set.services)
    services.push_back({service.type_id, service.state_type, service.name, service.state_version});
  return catalogue.remember(nodes, services);
}

}  // namespace

Result<reflect::SchemaSet> read_catalogue(const store::SchemaCatalogue& catalogue) {
  auto nodes = catalogue.nodes();
  if (!nodes.ok()) return nodes.error();
  auto services = catalogue.services();
  if (!services.ok()) return services.error();
  reflect::SchemaSet set;
  for (auto& node : *nodes) set.nodes.push_back({node.type_id, std::move(node.node)});
  for (auto& service : *services)
    set.services.push_back({service.type_id, service.state_type_id, service.state_version, std::move(service.name)});
  return set;
}

Result<void> remember_schemas(store::SchemaCatalogue& catalogue, const reflect::SchemaSet& now,
                              const std::filesystem::path& directory, const LogSink& log) {
  auto before = read_catalogue(catalogue);
  if (!before.ok()) return before.error();
  auto changes = reflect::compare(*before, now);
  if (!changes.ok())
    return Error(changes.error().kind(),
                 "the store at " + directory.string() + " cannot be opened: " + changes.error().message());
  std::vector<std::string> refused;
  for (const auto& change : *changes) {
    if (change.allowance() == reflect::Allowance::refused) refused.push_back(change.sentence());
    if (change.allowance() == reflect::Allowance::noticed && log)
      log({LogLevel::warn, "host", "a schema changed: " + change.sentence(), LogFields{{"path", directory.native()}}});
  }
  if (!refused.empty()) return not_to_be_opened(directory, refused);
  return write(catalogue, now);
}

}  // namespace troupe::host

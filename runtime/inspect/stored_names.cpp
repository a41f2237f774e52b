#include "inspect/stored_names.h"

#include "base/limits.h"
#include "reflect/json.h"
#include "reflect/type_id_text.h"

namespace troupe::inspect {

Result<void> StoredNames::load(store::Store& store) {
  const auto& catalogue = store.schemas();
  auto nodes = catalogue.nodes();
  if (!nodes.ok()) return nodes.error();
  for (const auto& node : *nodes) (void)book_.add(node.type_id, node.node);
  auto services = catalogue.services();
  if (!services.ok()) return services.error();
  services_ = std::move(*services);
  return {};
}

const store::ServiceEntry* StoredNames::find(std::uint64_t service) const {
  for (const auto& entry : services_)
    if (entry.type_id == service) return &entry;
  return nullptr;
}

std::optional<capnp::InterfaceSchema::Method> StoredNames::find(std::uint64_t service, std::uint16_t ordinal) const {
  auto type = book_.interface_type(service);
  if (!type.ok() || ordinal >= type->getMethods().size()) return std::nullopt;
  return type->getMethods()[ordinal];
}

Result<StoredActor> StoredNames::actor(const observe::ActorName& name) const {
  std::string known;
  for (const auto& entry : services_) {
    known += (known.empty() ? "" : ", ") + entry.name;
    if (entry.name != name.service && reflect::type_id_text(entry.type_id) != name.service) continue;
    if (name.key.empty() || name.key.size() > limits::kMaxActorKeyBytes)
      return Error(ErrorKind::invalid, "a key has 1 to " + std::to_string(limits::kMaxActorKeyBytes) +
                                           " bytes; this one has " + std::to_string(name.key.size()));
    return StoredActor{entry.type_id, std::string(name.key)};
  }
  return Error(ErrorKind::not_found, "this store knows no service '" + std::string(name.service.substr(0, 100)) +
                                         "'; it knows: " + (known.empty() ? "none" : known));
}

std::string StoredNames::actor_text(std::uint64_t service, std::string_view key) const {
  const auto* entry = find(service);
  return (entry ? entry->name : reflect::type_id_text(service)) + "/" + std::string(key);
}

std::uint64_t StoredNames::state_type(std::uint64_t service) const {
  const auto* entry = find(service);
  return entry ? entry->state_type_id : 0;
}

std::string StoredNames::method(std::uint64_t service, std::uint16_t ordinal) const {
  const auto found = find(service, ordinal);
  return found ? found->getProto().getName().cStr() : "@" + std::to_string(ordinal);
}

std::string StoredNames::type(std::uint64_t type_id) const {
  auto found = book_.struct_type(type_id);
  return found.ok() ? reflect::short_name(*found) : std::string();
}

Result<std::string> StoredNames::params(std::uint64_t service, std::uint16_t ordinal,
                                        capnp::AnyPointer::Reader params) const {
  const auto found = find(service, ordinal);
  if (!found) return std::string("null");
  return reflect::to_json(found->getParamType(), params);
}

Result<std::optional<std::string>> StoredNames::json(std::uint64_t type_id, capnp::AnyPointer::Reader value) const {
  auto found = book_.struct_type(type_id);
  if (!found.ok()) return std::optional<std::string>{};
  auto json = reflect::to_json(*found, value);
  if (!json.ok()) return json.error();
  return std::optional<std::string>(std::move(*json));
}

}  // namespace troupe::inspect

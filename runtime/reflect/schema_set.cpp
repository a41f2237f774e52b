#include "reflect/schema_set.h"

#include <capnp/message.h>
#include <capnp/schema.capnp.h>
#include <capnp/serialize.h>
#include <kj/exception.h>
#include <troupe/service.capnp.h>

#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "reflect/type_id_text.h"

namespace troupe::reflect {
namespace {

namespace schema = capnp::schema;
using Json = nlohmann::ordered_json;

// The id of `annotation actor` in troupe/service.capnp.
constexpr std::uint64_t kActorAnnotation = 0xc6760b627ad00a8f;

std::vector<std::byte> encoded(schema::Node::Reader node) {
  capnp::MallocMessageBuilder message;
  message.setRoot(node);
  const auto words = capnp::messageToFlatArray(message);
  const auto bytes = words.asBytes();
  const auto* first = reinterpret_cast<const std::byte*>(bytes.begin());
  return {first, first + bytes.size()};
}

// The nodes of one compiler's request, by id.
class Request {
 public:
  explicit Request(schema::CodeGeneratorRequest::Reader request) {
    for (auto node : request.getNodes()) nodes_.emplace(node.getId(), node);
  }

  Result<SchemaSet> set() const {
    SchemaSet out;
    for (const auto& [id, node] : nodes_) {
      if (!node.isStruct() && !node.isEnum() && !node.isInterface()) continue;
      out.nodes.push_back({id, encoded(node)});
      if (!node.isInterface()) continue;
      for (auto annotation : node.getAnnotations()) {
        if (annotation.getId() != kActorAnnotation) continue;
        auto service = service_of(node, annotation.getValue().getStruct().getAs<ActorOptions>());
        if (!service.ok()) return service.error();
        out.services.push_back(std::move(*service));
      }
    }
    return out;
  }

 private:
  Result<ServiceSchema> service_of(schema::Node::Reader node, ActorOptions::Reader options) const {
    ServiceSchema service;
    service.type_id = node.getId();
    service.name = node.getDisplayName().slice(node.getDisplayNamePrefixLength()).cStr();
    service.state_version = options.getVersion();
    const std::string_view state = options.getState().cStr();
    if (state.empty()) return service;
    const auto found = resolve(node, state);
    if (!found || !found->isStruct())
      return Error(ErrorKind::invalid, "service " + service.name + " keeps the state \"" + std::string(state) +
                                           "\", and its file has no such struct");
    service.state_type = found->getId();
    return service;
  }

  std::optional<schema::Node::Reader> find(std::uint64_t id) const {
    const auto found = nodes_.find(id);
    return found == nodes_.end() ? std::nullopt : std::optional(found->second);
  }

  std::optional<schema::Node::Reader> nested(schema::Node::Reader scope, std::string_view name) const {
    for (auto child : scope.getNestedNodes())
      if (name == child.getName().cStr()) return find(child.getId());
    return std::nullopt;
  }

  std::optional<schema::Node::Reader> resolve(schema::Node::Reader from, std::string_view name) const {
    std::optional<schema::Node::Reader> found;
    for (auto scope = std::optional(from); scope && !found; scope = find(scope->getScopeId()))
      found = nested(*scope, name.substr(0, name.find('.')));
    while (found && name.find('.') != name.npos) {
      name.remove_prefix(name.find('.') + 1);
      found = nested(*found, name.substr(0, name.find('.')));
    }
    return found;
  }

  std::map<std::uint64_t, schema::Node::Reader> nodes_;
};

constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string base64(std::span<const std::byte> bytes) {
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i)
      group = group << 8 | (at + i < bytes.size() ? std::to_integer<std::uint32_t>(bytes[at + i]) : 0);
    for (std::size_t i = 0; i < 4; ++i)
      text.push_back(at + i <= bytes.size() ? kDigits[group >> (18 - 6 * i) & 63] : '=');
  }
  return text;
}

std::optional<std::vector<std::byte>> bytes_of(std::string_view text) {
  std::vector<std::byte> bytes;
  if (text.size() % 4 != 0) return std::nullopt;
  while (text.ends_with('=')) text.remove_suffix(1);
  std::uint32_t held = 0;
  int bits = 0;
  for (const char c : text) {
    const auto* digit = static_cast<const char*>(std::memchr(kDigits, c, 64));
    if (digit == nullptr) return std::nullopt;
    held = held << 6 | static_cast<std::uint32_t>(digit - kDigits);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push_back(static_cast<std::byte>(held >> bits & 0xff));
  }
  return bytes;
}

}  // namespace

Result<SchemaSet> from_compiler(std::span<const std::byte> request) {
  try {
    auto words = kj::heapArray<capnp::word>(request.size() / sizeof(capnp::word));
    if (words.size() > 0) std::memcpy(words.begin(), request.data(), words.asBytes().size());
    capnp::ReaderOptions options;
    options.traversalLimitInWords = 64 * words.size() + 1024;
    capnp::FlatArrayMessageReader reader(words, options);
    return Request(reader.getRoot<schema::CodeGeneratorRequest>()).set();
  } catch (const kj::Exception& e) {
    return Error(ErrorKind::corrupt,
                 std::string("what the schema compiler wrote cannot be read: ") + e.getDescription().cStr());
  }
}

std::string to_text(const SchemaSet& set) {
  Json services = Json::array();
  for (const auto& service : set.services)
    services.push_back({{"name", service.name},
                        {"id", type_id_text(service.type_id)},
                        {"stateType", service.state_type == 0 ? Json(nullptr) : Json(type_id_text(service.state_type))},
                        {"stateVersion", service.state_version}});
  Json nodes = Json::array();
  for (const auto& node : set.nodes)
    nodes.push_back({{"id", type_id_text(node.type_id)}, {"node", base64(node.message)}});
  Json json{{"services", std::move(services)}, {"nodes", std::move(nodes)}};
  for (const auto& table : set.tables)
    json["tables"].push_back(
        {{"service", type_id_text(table.service)}, {"name", table.name}, {"rowType", type_id_text(table.row_type)}});
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<SchemaSet> from_text(std::string_view text) {
  const auto damaged = [](const std::string& why) {
    return Error(ErrorKind::corrupt, "the schemas that were sent cannot be read: " + why);
  };
  try {
    const Json json = Json::parse(text);
    SchemaSet set;
    for (const Json& service : json.at("services")) {
      const auto id = parse_type_id(service.at("id").get<std::string>());
      const auto state = service.at("stateType").is_null() ? std::optional<std::uint64_t>(0)
                                                           : parse_type_id(service.at("stateType").get<std::string>());
      if (!id || !state) return damaged("a service has no type id");
      set.services.push_back({*id, *state, service.at("stateVersion").get<std::uint32_t>(), service.at("name")});
    }
    for (const Json& node : json.at("nodes")) {
      const auto id = parse_type_id(node.at("id").get<std::string>());
      auto bytes = bytes_of(node.at("node").get<std::string>());
      if (!id || !bytes) return damaged("a schema is damaged");
      set.nodes.push_back({*id, std::move(*bytes)});
    }
    for (const Json& table : json.value("tables", Json::array())) {
      const auto service = parse_type_id(table.at("service").get<std::string>());
      const auto row = parse_type_id(table.at("rowType").get<std::string>());
      if (!service || !row) return damaged("a table has no type id");
      set.tables.push_back({*service, table.at("name").get<std::string>(), *row});
    }
    return set;
  } catch (const Json::exception& e) {
    return damaged(e.what());
  }
}

}  // namespace troupe::reflect

#include "reflect/schema_book.h"

#include <capnp/message.h>
#include <capnp/schema-loader.h>
#include <capnp/serialize.h>
#include <kj/exception.h>

#include <cstring>
#include <set>
#include <string_view>

#include "reflect/json.h"
#include "reflect/type_id_text.h"

namespace troupe::reflect {
namespace {

class Collector {
 public:
  void add(capnp::Schema schema) {
    const auto proto = schema.getProto();
    if (!seen_.insert(proto.getId()).second) return;
    capnp::MallocMessageBuilder message;
    message.setRoot(proto);
    const auto words = capnp::messageToFlatArray(message);
    const auto bytes = words.asBytes();
    const auto* first = reinterpret_cast<const std::byte*>(bytes.begin());
    found.push_back({proto.getId(), std::vector<std::byte>(first, first + bytes.size())});
    if (proto.isStruct()) add_fields(schema.asStruct());
    if (proto.isInterface()) add_methods(schema.asInterface());
  }

  std::vector<SchemaNode> found;

 private:
  void add_fields(capnp::StructSchema schema) {
    for (auto field : schema.getFields()) add_type(field.getType());
  }
  void add_methods(capnp::InterfaceSchema schema) {
    for (auto super : schema.getSuperclasses()) add(super);
    for (auto method : schema.getMethods()) {
      add(method.getParamType());
      add(method.getResultType());
    }
  }
  void add_type(capnp::Type type) {
    if (type.isList()) add_type(type.asList().getElementType());
    if (type.isStruct()) add(type.asStruct());
    if (type.isEnum()) add(type.asEnum());
    if (type.isInterface()) add(type.asInterface());
  }

  std::set<std::uint64_t> seen_;
};

Error damaged(std::uint64_t type_id, const std::string& why) {
  return Error(ErrorKind::corrupt, "the schema " + type_id_text(type_id) + " cannot be read: " + why);
}

}  // namespace

std::vector<SchemaNode> encode_schemas(capnp::Schema root) {
  Collector collector;
  collector.add(root);
  return std::move(collector.found);
}

struct SchemaBook::Loaded {
  capnp::SchemaLoader loader;
  std::set<std::uint64_t> ids;

  Result<capnp::Schema> find(std::uint64_t type_id) const {
    if (!ids.contains(type_id)) return Error(ErrorKind::not_found, "there is no schema " + type_id_text(type_id));
    try {
      return loader.get(type_id);
    } catch (const kj::Exception& e) {
      return damaged(type_id, e.getDescription().cStr());
    }
  }
};

SchemaBook::SchemaBook() : loaded_(std::make_unique<Loaded>()) {}
SchemaBook::~SchemaBook() = default;

Result<void> SchemaBook::add(std::uint64_t type_id, std::span<const std::byte> message) {
  if (message.empty() || message.size() % sizeof(capnp::word) != 0)
    return damaged(type_id, std::to_string(message.size()) + " bytes are no Cap'n Proto message");
  try {
    auto words = kj::heapArray<capnp::word>(message.size() / sizeof(capnp::word));
    std::memcpy(words.begin(), message.data(), message.size());
    capnp::FlatArrayMessageReader reader(words);
    const auto node = reader.getRoot<capnp::schema::Node>();
    if (node.getId() != type_id) return damaged(type_id, "the bytes are of " + type_id_text(node.getId()));
    // The loader's checks recurse without end over a text that cannot be read: read every field before them.
    if (auto whole = to_json(node); !whole.ok()) return damaged(type_id, whole.error().message());
    loaded_->loader.load(node);
    loaded_->ids.insert(type_id);
    return {};
  } catch (const kj::Exception& e) {
    return damaged(type_id, e.getDescription().cStr());
  }
}

Result<capnp::StructSchema> SchemaBook::struct_type(std::uint64_t type_id) const {
  auto found = loaded_->find(type_id);
  if (!found.ok()) return found.error();
  if (!found->getProto().isStruct()) return damaged(type_id, short_name(*found) + " is no struct");
  return found->asStruct();
}

Result<capnp::InterfaceSchema> SchemaBook::interface_type(std::uint64_t type_id) const {
  auto found = loaded_->find(type_id);
  if (!found.ok()) return found.error();
  if (!found->getProto().isInterface()) return damaged(type_id, short_name(*found) + " is no interface");
  return found->asInterface();
}

std::string short_name(capnp::Schema schema) {
  const std::string_view full = schema.getProto().getDisplayName().cStr();
  const auto colon = full.rfind(':');
  return std::string(colon == std::string_view::npos ? full : full.substr(colon + 1));
}

}  // namespace troupe::reflect

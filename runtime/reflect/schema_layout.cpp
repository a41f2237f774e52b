#include "reflect/schema_layout.h"

#include <capnp/message.h>
#include <capnp/serialize.h>

#include <cstring>
#include <string_view>
#include <utility>

#include "reflect/type_id_text.h"

namespace troupe::reflect {
namespace {

namespace schema = capnp::schema;

// Deeper groups are no schema that a compiler made.
constexpr int kMaxGroupDepth = 64;

Error damaged(std::uint64_t id, const std::string& why) {
  return Error(ErrorKind::corrupt, "the schema " + type_id_text(id) + " cannot be read: " + why);
}

struct Flattening {
  const NodesById& nodes;
  Layout layout;

  Result<void> add(schema::Node::Reader node, const std::string& prefix, const std::vector<UnionArm>& arms, int depth) {
    if (depth > kMaxGroupDepth) return damaged(node.getId(), "its groups never end");
    for (auto field : node.getStruct().getFields()) {
      auto own = arms;
      if (field.getDiscriminantValue() != schema::Field::NO_DISCRIMINANT)
        own.push_back({node.getStruct().getDiscriminantOffset(), field.getDiscriminantValue()});
      const std::string path = prefix + field.getName().cStr();
      if (field.isGroup()) {
        const auto group = nodes.find(field.getGroup().getTypeId());
        if (!group || !group->isStruct()) return damaged(node.getId(), "its group " + path + " is missing");
        if (auto added = add(*group, path + ".", own, depth + 1); !added.ok()) return added;
        continue;
      }
      if (!field.getOrdinal().isExplicit()) return damaged(node.getId(), "its field " + path + " has no number");
      const bool first =
          layout.fields.try_emplace(field.getOrdinal().getExplicit(), FlatField{path, field.getSlot(), own}).second;
      if (!first) return damaged(node.getId(), "two of its fields have one number");
    }
    return {};
  }
};

}  // namespace

struct NodesById::Held {
  explicit Held(kj::Array<capnp::word> words_in) : words(std::move(words_in)), reader(words) {}
  kj::Array<capnp::word> words;
  capnp::FlatArrayMessageReader reader;
};

NodesById::NodesById() = default;
NodesById::~NodesById() = default;

Result<void> NodesById::add(std::span<const SchemaNode> nodes) {
  for (const auto& node : nodes) {
    if (node.message.empty() || node.message.size() % sizeof(capnp::word) != 0)
      return damaged(node.type_id, std::to_string(node.message.size()) + " bytes are no Cap'n Proto message");
    auto words = kj::heapArray<capnp::word>(node.message.size() / sizeof(capnp::word));
    std::memcpy(words.begin(), node.message.data(), node.message.size());
    held_.push_back(std::make_unique<Held>(std::move(words)));
    const auto root = held_.back()->reader.getRoot<schema::Node>();
    if (root.getId() != node.type_id) return damaged(node.type_id, "the bytes are of " + type_id_text(root.getId()));
    nodes_.insert_or_assign(node.type_id, root);
  }
  return {};
}

std::optional<schema::Node::Reader> NodesById::find(std::uint64_t id) const {
  const auto found = nodes_.find(id);
  return found == nodes_.end() ? std::nullopt : std::optional(found->second);
}

std::string NodesById::name(std::uint64_t id) const {
  const auto node = find(id);
  if (!node) return type_id_text(id);
  const std::string_view full = node->getDisplayName().cStr();
  const auto colon = full.rfind(':');
  return std::string(colon == full.npos ? full : full.substr(colon + 1));
}

std::string NodesById::type_text(schema::Type::Reader type) const {
  switch (type.which()) {
    case schema::Type::VOID: return "Void";
    case schema::Type::BOOL: return "Bool";
    case schema::Type::INT8: return "Int8";
    case schema::Type::INT16: return "Int16";
    case schema::Type::INT32: return "Int32";
    case schema::Type::INT64: return "Int64";
    case schema::Type::UINT8: return "UInt8";
    case schema::Type::UINT16: return "UInt16";
    case schema::Type::UINT32: return "UInt32";
    case schema::Type::UINT64: return "UInt64";
    case schema::Type::FLOAT32: return "Float32";
    case schema::Type::FLOAT64: return "Float64";
    case schema::Type::TEXT: return "Text";
    case schema::Type::DATA: return "Data";
    case schema::Type::LIST: return "List(" + type_text(type.getList().getElementType()) + ")";
    case schema::Type::ENUM: return name(type.getEnum().getTypeId());
    case schema::Type::STRUCT: return name(type.getStruct().getTypeId());
    case schema::Type::INTERFACE: return name(type.getInterface().getTypeId());
    case schema::Type::ANY_POINTER: return "AnyPointer";
  }
  return "a type of a later Cap'n Proto";
}

Result<Layout> layout_of(const NodesById& nodes, schema::Node::Reader node) {
  Flattening flattening{nodes, {node.getStruct().getDataWordCount(), node.getStruct().getPointerCount(), {}}};
  if (auto added = flattening.add(node, "", {}, 0); !added.ok()) return added.error();
  return std::move(flattening.layout);
}

}  // namespace troupe::reflect

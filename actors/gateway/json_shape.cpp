#include "gateway/json_shape.h"

#include <optional>

#include "gateway/schema_ids.h"

namespace troupe::gateway {
namespace {

// The struct that is within a type, however many lists are around it.
std::optional<capnp::StructSchema> struct_in(capnp::Type type) {
  while (type.isList()) type = type.asList().getElementType();
  if (!type.isStruct()) return std::nullopt;
  return type.asStruct();
}

}  // namespace

bool has_annotation(capnp::StructSchema::Field field, std::uint64_t id) {
  for (auto annotation : field.getProto().getAnnotations())
    if (annotation.getId() == id) return true;
  return false;
}

std::string annotation_text(capnp::StructSchema::Field field, std::uint64_t id) {
  for (auto annotation : field.getProto().getAnnotations())
    if (annotation.getId() == id) return annotation.getValue().getText();
  return {};
}

std::string name_of(capnp::StructSchema::Field field) {
  return has_annotation(field, kHttpName) ? annotation_text(field, kHttpName) : std::string(field.getProto().getName());
}

JsonShapes::JsonShapes() = default;
JsonShapes::~JsonShapes() = default;

const JsonShape& JsonShapes::of(capnp::StructSchema schema) {
  for (const Known& known : known_)
    if (known.whole && known.schema == schema) return *known.shape;
  return of(schema, nullptr);
}

const JsonShape& JsonShapes::of(capnp::StructSchema schema,
                                const std::function<bool(capnp::StructSchema::Field)>& takes) {
  known_.push_back({schema, std::make_unique<JsonShape>(), !takes});
  JsonShape& shape = *known_.back().shape;
  for (auto field : schema.getFields()) {
    if (takes && !takes(field)) continue;
    JsonShape::Member member{.field = field, .name = name_of(field), .quoted = {}};
    write_json_text(member.name, member.quoted);
    member.quoted += ':';
    member.required = has_annotation(field, kHttpRequired);
    member.in_union = field.getProto().getDiscriminantValue() != capnp::schema::Field::NO_DISCRIMINANT;
    member.is_struct = field.getType().isStruct() && field.getProto().isSlot();
    if (const auto inner = struct_in(field.getType())) member.inner = &of(*inner);
    shape.members_.push_back(std::move(member));
  }
  return shape;
}

}  // namespace troupe::gateway

#include "reflect/secrets.h"

#include <cstdint>

namespace troupe::reflect {
namespace {

constexpr std::uint64_t kSecretAnnotation = 0x8d3c5b7a9e1f2046;  // troupe/service.capnp

void mask_in(capnp::Type type, capnp::JsonValue::Builder value) {
  if (type.isStruct()) return mask_secrets(type.asStruct(), value);
  if (!type.isList() || !value.isArray()) return;
  const capnp::Type element = type.asList().getElementType();
  if (!element.isStruct() && !element.isList()) return;
  for (auto one : value.getArray()) mask_in(element, one);
}

}  // namespace

bool is_secret(capnp::StructSchema::Field field) {
  for (auto annotation : field.getProto().getAnnotations())
    if (annotation.getId() == kSecretAnnotation) return true;
  return false;
}

void mask_secrets(capnp::StructSchema schema, capnp::JsonValue::Builder value) {
  if (!value.isObject()) return;
  for (auto member : value.getObject()) {
    KJ_IF_MAYBE (field, schema.findFieldByName(member.asReader().getName())) {
      if (is_secret(*field)) {
        member.initValue().setString(kMask);
      } else {
        mask_in(field->getType(), member.getValue());
      }
    }
  }
}

}  // namespace troupe::reflect

// JSON <-> Cap'n Proto. Writing is capnp::JsonCodec's; reading is ours, because the codec names neither the place of an
// error nor the fields it knows, and reads every number as a double.
#include "reflect/json.h"

#include <capnp/compat/json.h>
#include <capnp/message.h>
#include <kj/exception.h>

#include <string>

#include "reflect/json_fill.h"
#include "reflect/json_text.h"
#include "reflect/schema_book.h"
#include "reflect/secrets.h"

namespace troupe::reflect {
namespace {

// What nobody can read without a type.
class WrittenAsNull final : public capnp::JsonCodec::Handler<capnp::DynamicValue> {
 public:
  void encode(const capnp::JsonCodec&, capnp::DynamicValue::Reader, capnp::JsonValue::Builder output) const override {
    output.setNull();
  }
  capnp::Orphan<capnp::DynamicValue> decode(const capnp::JsonCodec&, capnp::JsonValue::Reader,
                                            capnp::Orphanage) const override {
    return nullptr;
  }
};

Error unreadable(const std::string& what, const kj::Exception& e) {
  return Error(ErrorKind::corrupt, "cannot read a " + what + ": " + std::string(e.getDescription().cStr()));
}

std::string type_text(capnp::Type type) {
  using Which = capnp::schema::Type;
  switch (type.which()) {
    case Which::VOID: return "Void";
    case Which::BOOL: return "Bool";
    case Which::INT8: return "Int8";
    case Which::INT16: return "Int16";
    case Which::INT32: return "Int32";
    case Which::INT64: return "Int64";
    case Which::UINT8: return "UInt8";
    case Which::UINT16: return "UInt16";
    case Which::UINT32: return "UInt32";
    case Which::UINT64: return "UInt64";
    case Which::FLOAT32: return "Float32";
    case Which::FLOAT64: return "Float64";
    case Which::TEXT: return "Text";
    case Which::DATA: return "Data";
    case Which::LIST: return "List(" + type_text(type.asList().getElementType()) + ")";
    case Which::ENUM: return short_name(type.asEnum());
    case Which::STRUCT: return short_name(type.asStruct());
    case Which::INTERFACE: return short_name(type.asInterface());
    case Which::ANY_POINTER: return "AnyPointer";
  }
  return "?";
}

}  // namespace

Result<void> from_json(std::string_view json, capnp::DynamicStruct::Builder into) {
  auto parsed = parse_json(json);
  if (!parsed.ok()) return parsed.error();
  return fill(*parsed, into);
}

Result<void> from_json(std::string_view json, capnp::StructSchema schema, capnp::AnyPointer::Builder into) {
  try {
    return from_json(json, into.initAs<capnp::DynamicStruct>(schema));
  } catch (const kj::Exception& e) {
    return Error(ErrorKind::invalid, "cannot build a " + short_name(schema) + ": " + e.getDescription().cStr());
  }
}

Result<std::string> to_json(capnp::DynamicStruct::Reader value, bool pretty, Secrets secrets) {
  try {
    capnp::JsonCodec codec;
    WrittenAsNull null;
    codec.addTypeHandler(capnp::Type(capnp::schema::Type::ANY_POINTER), null);
    codec.setPrettyPrint(pretty);
    capnp::MallocMessageBuilder message;
    auto json = message.initRoot<capnp::JsonValue>();
    codec.encode(value, value.getSchema(), json);
    if (secrets == Secrets::masked) mask_secrets(value.getSchema(), json);
    const kj::String text = codec.encodeRaw(json);
    return as_utf8({text.begin(), text.size()});
  } catch (const kj::Exception& e) {
    return unreadable(short_name(value.getSchema()), e);
  }
}

Result<std::string> to_json(capnp::StructSchema schema, capnp::AnyPointer::Reader value, bool pretty, Secrets secrets) {
  try {
    return to_json(value.getAs<capnp::DynamicStruct>(schema), pretty, secrets);
  } catch (const kj::Exception& e) {
    return unreadable(short_name(schema), e);
  }
}

std::string describe(capnp::StructSchema schema) {
  std::string text = "(";
  for (auto field : schema.getFields()) {
    if (text.size() > 1) text += ", ";
    text += field.getProto().getName().cStr();
    const bool group = field.getProto().isGroup();
    text += group ? " " + describe(field.getType().asStruct()) : " :" + type_text(field.getType());
  }
  return text + ")";
}

}  // namespace troupe::reflect

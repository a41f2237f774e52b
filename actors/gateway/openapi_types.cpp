#include "gateway/openapi_types.h"

#include <sstream>
#include <string_view>

namespace troupe::gateway {
namespace {

std::string text_of(const ServiceInfo& service, std::uint64_t type, std::int32_t member) {
  for (std::uint32_t i = 0; i < service.comment_count; ++i)
    if (service.comments[i].type == type && service.comments[i].member == member) return service.comments[i].text;
  return {};
}

// Comments are wrapped where the schema's lines end; a blank line parts paragraphs.
std::string unwrapped(const std::string& comment) {
  std::string out;
  std::istringstream lines(comment);
  for (std::string line; std::getline(lines, line);) {
    while (!line.empty() && line.back() == ' ') line.pop_back();
    if (!out.empty() && !line.empty() && out.back() != '\n') out += ' ';
    out += line.empty() ? "\n\n" : line;
  }
  return out;
}

OrderedJson integer(capnp::Type type) {
  const auto of = [](std::int64_t least, std::uint64_t most) {
    return OrderedJson{{"type", "integer"}, {"minimum", least}, {"maximum", most}};
  };
  switch (type.which()) {
    case capnp::schema::Type::INT8: return of(INT8_MIN, INT8_MAX);
    case capnp::schema::Type::INT16: return of(INT16_MIN, INT16_MAX);
    case capnp::schema::Type::INT32: return {{"type", "integer"}, {"format", "int32"}};
    case capnp::schema::Type::INT64: return {{"type", "integer"}, {"format", "int64"}};
    case capnp::schema::Type::UINT8: return of(0, UINT8_MAX);
    case capnp::schema::Type::UINT16: return of(0, UINT16_MAX);
    case capnp::schema::Type::UINT32: return of(0, UINT32_MAX);
    case capnp::schema::Type::UINT64: return {{"type", "integer"}, {"minimum", 0}};
    default: return OrderedJson::object();
  }
}

}  // namespace

std::string ApiTypes::comment(std::uint64_t type, std::int32_t member) const {
  return service_ ? unwrapped(text_of(*service_, type, member)) : std::string();
}

OrderedJson ApiTypes::object(capnp::StructSchema schema, const JsonShape& shape, bool told) {
  OrderedJson out = {{"type", "object"}};
  if (const auto text = comment(schema); !text.empty()) out["description"] = text;
  OrderedJson properties = OrderedJson::object(), required = OrderedJson::array();
  for (const auto& member : shape.members()) {
    OrderedJson one = of(member.field.getType(), member.inner);
    if (told && member.is_struct) one = {{"anyOf", {std::move(one), {{"type", "null"}}}}};
    if (!told) one = with_default(member.field, std::move(one));
    if (const auto text = comment(schema, member.field); !text.empty()) one["description"] = text;
    properties[member.name] = std::move(one);
    if (told ? !member.in_union : member.required) required.push_back(member.name);
  }
  if (!properties.empty()) out["properties"] = std::move(properties);
  if (!required.empty()) out["required"] = std::move(required);
  if (!told) out["additionalProperties"] = false;
  return out;
}

OrderedJson ApiTypes::of(capnp::Type type, const JsonShape* inner) {
  if (type.isList()) return {{"type", "array"}, {"items", of(type.asList().getElementType(), inner)}};
  if (type.isStruct()) return reference(component(type.asStruct(), *inner));
  if (type.isEnum()) return reference(component(type.asEnum()));
  if (type.isBool()) return {{"type", "boolean"}};
  if (type.isText()) return {{"type", "string"}};
  if (type.isData()) return {{"type", "string"}, {"contentEncoding", "base64"}};
  if (type.isFloat32() || type.isFloat64())
    return {{"type", "number"}, {"format", type.isFloat32() ? "float" : "double"}};
  if (type.isVoid()) return {{"type", OrderedJson::array({"boolean", "null"})}};
  return integer(type);
}

OrderedJson ApiTypes::with_default(capnp::StructSchema::Field field, OrderedJson schema) {
  if (!field.getProto().isSlot() || !field.getProto().getSlot().getHadExplicitDefault()) return schema;
  const auto value = field.getProto().getSlot().getDefaultValue();
  switch (value.which()) {
    case capnp::schema::Value::BOOL: schema["default"] = value.getBool(); break;
    case capnp::schema::Value::INT8: schema["default"] = value.getInt8(); break;
    case capnp::schema::Value::INT16: schema["default"] = value.getInt16(); break;
    case capnp::schema::Value::INT32: schema["default"] = value.getInt32(); break;
    case capnp::schema::Value::INT64: schema["default"] = value.getInt64(); break;
    case capnp::schema::Value::UINT8: schema["default"] = value.getUint8(); break;
    case capnp::schema::Value::UINT16: schema["default"] = value.getUint16(); break;
    case capnp::schema::Value::UINT32: schema["default"] = value.getUint32(); break;
    case capnp::schema::Value::UINT64: schema["default"] = value.getUint64(); break;
    case capnp::schema::Value::FLOAT32: schema["default"] = value.getFloat32(); break;
    case capnp::schema::Value::FLOAT64: schema["default"] = value.getFloat64(); break;
    case capnp::schema::Value::TEXT: schema["default"] = std::string(value.getText()); break;
    default: break;
  }
  return schema;
}

std::string ApiTypes::component(capnp::StructSchema schema, const JsonShape& shape) {
  const auto [name, is_new] = name_for(schema);
  if (is_new) {
    schemas_[name] = OrderedJson::object();  // so that a type that holds itself ends
    schemas_[name] = object(schema, shape, false);
  }
  return name;
}
std::string ApiTypes::component(capnp::EnumSchema schema) {
  const auto [name, is_new] = name_for(schema);
  if (is_new) {
    OrderedJson all = OrderedJson::array();
    for (auto one : schema.getEnumerants()) all.push_back(std::string(one.getProto().getName()));
    schemas_[name] = {{"type", "string"}, {"enum", std::move(all)}};
    if (const auto text = comment(schema); !text.empty()) schemas_[name]["description"] = text;
  }
  return name;
}

std::pair<std::string, bool> ApiTypes::name_for(capnp::Schema schema) {
  const std::uint64_t id = schema.getProto().getId();
  if (const auto known = names_.find(id); known != names_.end()) return {known->second, false};
  const std::string_view shown(schema.getProto().getDisplayName().cStr());
  std::string name(shown.substr(std::min<std::size_t>(schema.getProto().getDisplayNamePrefixLength(), shown.size())));
  if (name == "Problem" || schemas_.contains(name)) name += "_" + std::to_string(id);
  names_[id] = name;
  return {name, true};
}

OrderedJson ApiTypes::event(const std::string& name, const std::vector<capnp::StructSchema>& events) {
  OrderedJson each = OrderedJson::array();
  for (const auto& schema : events) {
    const auto [event, is_new] = name_for(schema);
    if (is_new) {
      schemas_[event] = OrderedJson::object();
      schemas_[event] = object(schema, shapes_.of(schema), true);
    }
    each.push_back({{"type", "object"},
                    {"properties",
                     {{"type", {{"type", "string"}, {"description", "Which event it is"}}},
                      {"key", {{"type", "string"}, {"description", "Whose it is"}}},
                      {"timeMs", {{"type", "integer"}, {"description", "Milliseconds since 1970"}}},
                      {"event", reference(event)}}},
                    {"required", {"type", "key", "timeMs", "event"}}});
  }
  schemas_[name] = each.size() == 1 ? each[0] : OrderedJson{{"anyOf", std::move(each)}};
  return reference(name);
}

OrderedJson ApiTypes::all() && {
  OrderedJson out = OrderedJson::object();
  for (auto& [name, schema] : schemas_) out[name] = std::move(schema);
  return out;
}

}  // namespace troupe::gateway

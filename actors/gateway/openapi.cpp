#include "gateway/openapi.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "gateway/http/headers.h"
#include "gateway/idempotency_key.h"

namespace troupe::gateway {
namespace {

using OrderedJson = nlohmann::ordered_json;

std::string comment_of(const ServiceInfo& service, std::uint64_t type, std::int32_t member) {
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

std::string first_sentence(const std::string& text) {
  const auto end = text.find(". ");
  std::string out = text.substr(0, std::min(end, text.find('\n')));
  while (!out.empty() && (out.back() == '.' || out.back() == ' ')) out.pop_back();
  return out;
}

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

class Document {
 public:
  explicit Document(const ApiInfo& info) {
    out_["openapi"] = "3.1.0";
    out_["info"] = {{"title", info.title}, {"version", info.version}};
    if (!info.description.empty()) out_["info"]["description"] = info.description;
    out_["servers"] = OrderedJson::array({{{"url", info.server.empty() ? "/" : info.server}}});
    out_["tags"] = OrderedJson::array();
    out_["paths"] = OrderedJson::object();
  }

  void add(const Route& route) {
    service_ = route.service;
    tag();
    out_["paths"][route.http->path][lower(route.http->verb)] = operation(route);
  }

  std::string end() && {
    OrderedJson schemas = OrderedJson::object();
    for (auto& [name, schema] : schemas_) schemas[name] = std::move(schema);
    schemas["Problem"] = problem();
    out_["components"] = {
        {"schemas", std::move(schemas)},
        {"responses",
         {{"Problem",
           {{"description", "What is wrong (RFC 9457)"},
            {"content", {{"application/problem+json", {{"schema", reference("Problem")}}}}}}}}},
        {"securitySchemes", {{"bearer", {{"type", "http"}, {"scheme", "bearer"}, {"bearerFormat", "JWT"}}}}}};
    return out_.dump(2);
  }

 private:
  static std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return text;
  }
  static OrderedJson reference(const std::string& name) { return {{"$ref", "#/components/schemas/" + name}}; }

  static OrderedJson problem() {
    const auto text = [](const char* description) {
      return OrderedJson{{"type", "string"}, {"description", description}};
    };
    return {{"type", "object"},
            {"properties",
             {{"title", text("The status in words")},
              {"status", {{"type", "integer"}}},
              {"kind", text("What kind of error it is")},
              {"code", text("Why it was refused, as one stable word")},
              {"detail", text("What is wrong, for people")},
              {"traceId", text("Names the request in logs")}}},
            {"required", {"title", "status"}}};
  }

  void tag() {
    if (!tagged_.insert(service_->name).second) return;
    OrderedJson tag = {{"name", service_->name}};
    if (const auto text = unwrapped(comment_of(*service_, service_->id, -1)); !text.empty()) tag["description"] = text;
    out_["tags"].push_back(std::move(tag));
  }

  OrderedJson operation(const Route& route) {
    OrderedJson out;
    const std::string text = unwrapped(comment_of(*service_, service_->id, route.method->ordinal));
    out["operationId"] = std::string(service_->name) + "_" + route.method->name;
    out["tags"] = {service_->name};
    out["summary"] = text.empty() ? std::string(service_->name) + "." + route.method->name : first_sentence(text);
    std::string description = text;
    if (*route.http->instead != '\0')
      description += (description.empty() ? "" : "\n\n") + std::string("Instead: ") + route.http->instead;
    if (!description.empty()) out["description"] = description;
    if (*route.http->deprecated != '\0') out["deprecated"] = true;
    if (OrderedJson all = parameters(route); !all.empty()) out["parameters"] = std::move(all);
    if (route.body) out["requestBody"] = body(route);
    out["responses"] = responses(route);
    out["security"] = security(route.method->access);
    return out;
  }

  OrderedJson parameters(const Route& route) {
    OrderedJson out = OrderedJson::array();
    std::set<std::size_t> named;
    for (const auto& one : route.in_path) {
      named.insert(one.segment);
      out.push_back(parameter("path", one.field.getProto().getName().cStr(), schema_of(one.field.getType(), nullptr),
                              true, comment(route.parameters, one.field)));
    }
    if (route.key_segment && !named.contains(*route.key_segment))
      out.insert(out.begin(),
                 parameter("path", route.http->key_name,
                           {{"type", "string"}, {"minLength", 1}, {"maxLength", limits::kMaxActorKeyBytes}}, true,
                           "Which " + std::string(service_->name)));
    for (const auto& one : route.in_query)
      out.push_back(parameter("query", one.name, with_default(one.field, schema_of(one.field.getType(), nullptr)),
                              one.required, comment(route.parameters, one.field)));
    for (const auto& one : route.in_headers) {
      if (is_content_type(one.name)) continue;
      out.push_back(parameter("header", one.name, with_default(one.field, schema_of(one.field.getType(), nullptr)),
                              one.required, comment(route.parameters, one.field)));
    }
    if (std::string_view(route.http->verb) != "GET")
      out.push_back(parameter("header", "Idempotency-Key",
                              {{"type", "string"}, {"minLength", 1}, {"maxLength", kMaxIdempotencyKeyBytes}},
                              route.wants_idempotency_key,
                              "The same for a request that is sent again, another for every other: it runs once"));
    return out;
  }

  // What OpenAPI tells by the content itself.
  static bool is_content_type(std::string_view name) { return http::same_name(name, "Content-Type"); }
  static OrderedJson raw_content(const Route& route) {
    OrderedJson out;
    for (const auto& type : route.media_types)
      out[type] = {{"schema", {{"type", "string"}, {"format", "binary"}, {"contentMediaType", type}}}};
    return out;
  }

  static OrderedJson parameter(const char* place, const std::string& name, OrderedJson schema, bool required,
                               const std::string& comment) {
    OrderedJson out = {{"name", name}, {"in", place}};
    if (!comment.empty()) out["description"] = comment;
    if (required) out["required"] = true;
    out["schema"] = std::move(schema);
    return out;
  }

  OrderedJson body(const Route& route) {
    const auto& members = route.body->members();
    const bool required =
        std::any_of(members.begin(), members.end(), [](const auto& member) { return member.required; });
    OrderedJson out;
    if (route.raw_body) {
      out["content"] = raw_content(route);
    } else {
      OrderedJson schema = route.whole_body ? schema_of(route.whole_body->field.getType(), route.whole_body->inner)
                                            : object(route.parameters, *route.body, false);
      out["content"] = {{"application/json", {{"schema", std::move(schema)}}}};
    }
    if (required) out["required"] = true;
    return out;
  }

  OrderedJson responses(const Route& route) {
    const int status = route.http->status != 0 ? route.http->status : route.tells ? 200 : 204;
    OrderedJson good = {{"description", status == 201 ? "Made" : status == 202 ? "Taken" : "Done"}};
    OrderedJson headers = OrderedJson::object();
    for (const auto& one : route.out_headers) {
      if (is_content_type(one.name)) continue;
      headers[one.name] = {{"schema", schema_of(one.field.getType(), nullptr)}};
      if (const auto text = comment(route.results, one.field); !text.empty()) headers[one.name]["description"] = text;
    }
    if (*route.http->location != '\0') headers["Location"] = {{"schema", {{"type", "string"}}}};
    if (!headers.empty()) good["headers"] = std::move(headers);
    if (route.raw_answer)
      good["content"] = raw_content(route);
    else if (route.tells && status != 204)
      good["content"] = {{"application/json", {{"schema", object(route.results, *route.answer, true)}}}};
    OrderedJson out = {{std::to_string(status), std::move(good)}};
    const OrderedJson problem = {{"$ref", "#/components/responses/Problem"}};
    out["400"] = problem;
    if (route.method->access.who != AccessRule::Who::everybody) out["401"] = out["403"] = problem;
    if (std::string_view(route.http->verb) != "GET") out["409"] = out["422"] = problem;  // of its Idempotency-Key
    if (route.raw_body) out["415"] = problem;
    if (route.limit.limits()) out["429"] = problem;
    out["default"] = problem;
    return out;
  }

  static OrderedJson security(const AccessRule& rule) {
    if (rule.who == AccessRule::Who::everybody) return OrderedJson::array();
    OrderedJson asked = OrderedJson::array();
    for (auto& scope : words(rule.scopes)) asked.push_back(std::move(scope));
    return OrderedJson::array({{{"bearer", std::move(asked)}}});
  }

  std::string comment(capnp::StructSchema schema, capnp::StructSchema::Field field) {
    return unwrapped(comment_of(*service_, schema.getProto().getId(), static_cast<std::int32_t>(field.getIndex())));
  }

  // `told`: of an answer, where everything is there; of a request what is required has to be.
  OrderedJson object(capnp::StructSchema schema, const JsonShape& shape, bool told) {
    OrderedJson out = {{"type", "object"}};
    if (const auto text = unwrapped(comment_of(*service_, schema.getProto().getId(), -1)); !text.empty())
      out["description"] = text;
    OrderedJson properties = OrderedJson::object(), required = OrderedJson::array();
    for (const auto& member : shape.members()) {
      OrderedJson one = schema_of(member.field.getType(), member.inner);
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

  OrderedJson schema_of(capnp::Type type, const JsonShape* inner) {
    if (type.isList()) return {{"type", "array"}, {"items", schema_of(type.asList().getElementType(), inner)}};
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

  static OrderedJson integer(capnp::Type type) {
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

  // What a field is without being given, where that says something.
  static OrderedJson with_default(capnp::StructSchema::Field field, OrderedJson schema) {
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

  std::string component(capnp::StructSchema schema, const JsonShape& shape) {
    const auto [name, is_new] = name_for(schema);
    if (is_new) {
      schemas_[name] = OrderedJson::object();  // so that a type that holds itself ends
      schemas_[name] = object(schema, shape, false);
    }
    return name;
  }
  std::string component(capnp::EnumSchema schema) {
    const auto [name, is_new] = name_for(schema);
    if (is_new) {
      OrderedJson all = OrderedJson::array();
      for (auto one : schema.getEnumerants()) all.push_back(std::string(one.getProto().getName()));
      schemas_[name] = {{"type", "string"}, {"enum", std::move(all)}};
      if (const auto text = unwrapped(comment_of(*service_, schema.getProto().getId(), -1)); !text.empty())
        schemas_[name]["description"] = text;
    }
    return name;
  }

  // Its own, or, where another type has that, with its id.
  std::pair<std::string, bool> name_for(capnp::Schema schema) {
    const std::uint64_t id = schema.getProto().getId();
    if (const auto known = names_.find(id); known != names_.end()) return {known->second, false};
    const std::string_view shown(schema.getProto().getDisplayName().cStr());
    std::string name(shown.substr(std::min<std::size_t>(schema.getProto().getDisplayNamePrefixLength(), shown.size())));
    if (name == "Problem" || schemas_.contains(name)) name += "_" + std::to_string(id);
    names_[id] = name;
    return {name, true};
  }

  OrderedJson out_;
  const ServiceInfo* service_ = nullptr;
  std::set<std::string> tagged_;
  std::map<std::string, OrderedJson> schemas_;
  std::map<std::uint64_t, std::string> names_;
};

}  // namespace

std::string openapi(const RouteTable& table, const ApiInfo& info) {
  Document document(info);
  for (const auto& route : table.routes()) document.add(*route);
  return std::move(document).end();
}

}  // namespace troupe::gateway

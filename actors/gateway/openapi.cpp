#include "gateway/openapi.h"

#include <algorithm>
#include <set>

#include "gateway/http/headers.h"
#include "gateway/idempotency_key.h"
#include "gateway/openapi_types.h"

namespace troupe::gateway {
namespace {

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
    types_.comments_of(service_);
    tag();
    out_["paths"][route.http->path][lower(route.http->verb)] = operation(route);
  }

  void add(const HostRoute& route, const StreamDocument& stream) {
    types_.comments_of(nullptr);
    const std::string name = "stream" + only_words(route.path);
    OrderedJson all = OrderedJson::array();
    for (const auto& [of_path, segment] : route.names)
      all.push_back(parameter("path", of_path, {{"type", "string"}, {"minLength", 1}}, true, "Whose events"));
    const std::string begins = "Where it begins: behind the event of that id, at the \"beginning\", or at the \"end\"";
    all.push_back(parameter("query", "after", {{"type", "string"}}, false, begins));
    all.push_back(parameter("header", "Last-Event-ID", {{"type", "string"}}, false,
                            "Goes before \"after\": the id of the last event that came"));
    OrderedJson events = types_.event(name + "_event", stream.events);
    OrderedJson responses = {
        {"200",
         {{"description",
           "Server-sent events as they happen, until the client goes; the data of each is this, as JSON"},
          {"content", {{"text/event-stream", {{"schema", std::move(events)}}}}}}},
        {"101", {{"description", "A WebSocket for who asks for one; its messages are the same, with \"id\" first"}}}};
    const OrderedJson problem = {{"$ref", "#/components/responses/Problem"}};
    for (const char* status : {"400", "429", "503", "default"}) responses[status] = problem;
    if (stream.who != AccessRule::Who::everybody) responses["401"] = responses["403"] = problem;
    if (tagged_.insert("Streams").second)
      out_["tags"].push_back({{"name", "Streams"}, {"description", "Events as they happen."}});
    out_["paths"][route.path][lower(route.verb)] = {{"operationId", name},
                                                    {"tags", {"Streams"}},
                                                    {"summary", stream.summary},
                                                    {"parameters", std::move(all)},
                                                    {"responses", std::move(responses)},
                                                    {"security", security(stream.who, stream.scopes)}};
  }

  std::string end() && {
    OrderedJson schemas = std::move(types_).all();
    schemas["Problem"] = problem();
    out_["components"] = {
        {"schemas", std::move(schemas)},
        {"responses",
         {{"Problem",
           {{"description", "What is wrong (RFC 9457)"},
            {"content", {{"application/problem+json", {{"schema", ApiTypes::reference("Problem")}}}}}}}}},
        {"securitySchemes", {{"bearer", {{"type", "http"}, {"scheme", "bearer"}, {"bearerFormat", "JWT"}}}}}};
    return out_.dump(2);
  }

 private:
  static std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return text;
  }
  // "/orders/{key}/live" gives "_orders_key_live".
  static std::string only_words(std::string_view path) {
    std::string out;
    for (const char c : path) {
      const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (word) out += c;
      if (!word && !out.ends_with('_')) out += '_';
    }
    return out.ends_with('_') ? out.substr(0, out.size() - 1) : out;
  }

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
    if (const auto text = types_.comment(service_->id); !text.empty()) tag["description"] = text;
    out_["tags"].push_back(std::move(tag));
  }

  OrderedJson operation(const Route& route) {
    OrderedJson out;
    const std::string text = types_.comment(service_->id, route.method->ordinal);
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
    out["security"] = security(route.method->access.who, route.method->access.scopes);
    return out;
  }

  OrderedJson parameters(const Route& route) {
    OrderedJson out = OrderedJson::array();
    std::set<std::size_t> named;
    for (const auto& one : route.in_path) {
      named.insert(one.segment);
      out.push_back(parameter("path", one.field.getProto().getName().cStr(), types_.of(one.field.getType(), nullptr),
                              true, types_.comment(route.parameters, one.field)));
    }
    if (route.key_segment && !named.contains(*route.key_segment))
      out.insert(out.begin(),
                 parameter("path", route.http->key_name,
                           {{"type", "string"}, {"minLength", 1}, {"maxLength", limits::kMaxActorKeyBytes}}, true,
                           "Which " + std::string(service_->name)));
    for (const auto& one : route.in_query)
      out.push_back(parameter("query", one.name,
                              ApiTypes::with_default(one.field, types_.of(one.field.getType(), nullptr)), one.required,
                              types_.comment(route.parameters, one.field)));
    for (const auto& one : route.in_headers) {
      if (is_content_type(one.name)) continue;
      out.push_back(parameter("header", one.name,
                              ApiTypes::with_default(one.field, types_.of(one.field.getType(), nullptr)), one.required,
                              types_.comment(route.parameters, one.field)));
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
      OrderedJson schema = route.whole_body ? types_.of(route.whole_body->field.getType(), route.whole_body->inner)
                                            : types_.object(route.parameters, *route.body, false);
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
      headers[one.name] = {{"schema", types_.of(one.field.getType(), nullptr)}};
      if (const auto text = types_.comment(route.results, one.field); !text.empty())
        headers[one.name]["description"] = text;
    }
    if (*route.http->location != '\0') headers["Location"] = {{"schema", {{"type", "string"}}}};
    if (!headers.empty()) good["headers"] = std::move(headers);
    if (route.raw_answer)
      good["content"] = raw_content(route);
    else if (route.tells && status != 204)
      good["content"] = {{"application/json", {{"schema", types_.object(route.results, *route.answer, true)}}}};
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

  static OrderedJson security(AccessRule::Who who, std::string_view scopes) {
    if (who == AccessRule::Who::everybody) return OrderedJson::array();
    OrderedJson asked = OrderedJson::array();
    for (auto& scope : words(scopes)) asked.push_back(std::move(scope));
    return OrderedJson::array({{{"bearer", std::move(asked)}}});
  }

  OrderedJson out_;
  const ServiceInfo* service_ = nullptr;
  std::set<std::string> tagged_;
  ApiTypes types_;
};

}  // namespace

std::string openapi(const RouteTable& table, const ApiInfo& info, const std::vector<const StreamDocument*>& streams) {
  Document document(info);
  for (const auto& route : table.routes()) document.add(*route);
  for (const auto& route : table.host_routes())
    if (route->number < streams.size() && streams[route->number]) document.add(*route, *streams[route->number]);
  return std::move(document).end();
}

}  // namespace troupe::gateway

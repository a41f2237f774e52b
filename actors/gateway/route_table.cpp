#include "gateway/route_table.h"

#include <algorithm>
#include <array>

#include "gateway/schema_ids.h"
#include "troupe/http.capnp.h"

namespace troupe::gateway {
namespace {

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> out;
  for (std::size_t at = 1; at <= path.size();) {
    const auto end = std::min(path.find('/', at), path.size());
    out.emplace_back(path.substr(at, end - at));
    at = end + 1;
  }
  if (out.empty()) out.emplace_back();
  return out;
}

std::optional<std::string> name_in(std::string_view segment) {
  if (!segment.starts_with('{')) return std::nullopt;
  return std::string(segment.substr(1, segment.size() - 2));
}

constexpr std::array<std::string_view, 5> kVerbs = {"GET", "POST", "PUT", "PATCH", "DELETE"};

// Why no request has such a segment; empty: one may.
std::string why_no_segment(std::string_view segment, bool is_last) {
  if (segment.empty()) return is_last ? "" : "it has an empty segment";
  if (segment == "." || segment == "..") return "it has the segment \"" + std::string(segment) + "\"";
  const bool is_name = segment.size() > 2 && segment.starts_with('{') && segment.ends_with('}');
  if (is_name) segment = segment.substr(1, segment.size() - 2);
  for (const char c : segment)
    if (static_cast<unsigned char>(c) < 0x21 || c == 0x7f ||
        std::string_view("{}?#%\\").find(c) != std::string_view::npos)
      return "a segment is letters, digits and signs but for {}?#%\\, or a {name} as a whole";
  return {};
}

}  // namespace

bool is_own_path(std::string_view path) noexcept {
  return path == "/healthz" || path == "/readyz" || path == "/openapi.json";
}

Result<void> RouteTable::add(const ServiceInfo& service) {
  if (service.schema) return add(service, service.schema());
  return Error(ErrorKind::invalid,
               std::string("service ") + service.name + " has no schema of its own; offer it together with one");
}

Result<void> RouteTable::add(const ServiceInfo& service, capnp::InterfaceSchema schema) {
  const std::string what = std::string("service ") + service.name;
  if (schema.getProto().getId() != service.id || schema.getMethods().size() != service.method_count)
    return Error(ErrorKind::invalid, what + " is offered with the schema of another one");
  const auto before = routes_.size();
  for (const auto& route : routes_)
    if (route->service->id == service.id) return Error(ErrorKind::invalid, what + " is offered twice");
  for (std::uint16_t i = 0; i < service.method_count; ++i) {
    const MethodInfo& method = service.methods[i];
    if (!method.route) continue;
    auto made = std::make_unique<Route>();
    Route& route = *made;
    route.service = &service;
    route.method = &method;
    route.http = method.route;
    const auto declared = schema.getMethods()[i];
    route.parameters = declared.getParamType();
    route.results = declared.getResultType();
    plan_fields(route);
    plan_options(route, schema, declared);
    if (!service.schema) route.result_shape = std::make_unique<const Shape>(route.results);
    if (auto placed = put(route.http->verb, route.http->path, &route); !placed.ok()) return placed;
    routes_.push_back(std::move(made));
  }
  if (routes_.size() > before) return {};
  return Error(ErrorKind::invalid, what + " has no route: give its methods some, as $Http.get(\"/path/{key}\")");
}

Result<std::size_t> RouteTable::add(std::string_view verb, std::string_view path) {
  const auto refuse = [&](const std::string& why) {
    return Error(ErrorKind::invalid, std::string(verb) + " " + std::string(path) + " cannot be served: " + why);
  };
  if (std::find(kVerbs.begin(), kVerbs.end(), verb) == kVerbs.end())
    return refuse("the verb is none of GET, POST, PUT, PATCH and DELETE; HEAD goes with GET, and OPTIONS is answered");
  if (!path.starts_with('/')) return refuse("a path begins with '/'");
  auto made = std::make_unique<HostRoute>(HostRoute{std::string(verb), std::string(path), {}, host_routes_.size()});
  const auto segments = split(path);
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const std::string& segment = segments[i];
    if (const std::string why = why_no_segment(segment, i + 1 == segments.size()); !why.empty()) return refuse(why);
    const auto name = name_in(segment);
    if (!name) continue;
    for (const auto& [other, at] : made->names)
      if (other == *name) return refuse("it has {" + *name + "} twice");
    made->names.emplace_back(*name, i);
  }
  if (auto placed = put(verb, path, made.get()); !placed.ok()) return placed.error();
  host_routes_.push_back(std::move(made));
  return host_routes_.back()->number;
}

Result<void> RouteTable::put(std::string_view verb, std::string_view path, Target target) {
  const auto owner = [](const Target& of) {
    if (const auto* route = std::get_if<const Route*>(&of)) return (*route)->name();
    return "the host's " + std::get<const HostRoute*>(of)->path;
  };
  if (verb == "GET" && is_own_path(path))
    return Error(ErrorKind::invalid, "GET " + std::string(path) + " is the gateway's own, and wanted by " +
                                         owner(target) + "; give it another path");
  Step* step = &root_;
  for (const std::string& segment : split(path)) {
    auto& next = name_in(segment) ? step->any : step->literal[segment];
    if (!next) next = std::make_unique<Step>();
    step = next.get();
  }
  const auto [at, first] = step->verbs.emplace(verb, target);
  if (!first)
    return Error(ErrorKind::invalid, std::string(verb) + " " + std::string(path) + " is of " + owner(target) +
                                         " and of " + owner(at->second) + "; give one of the two another path");
  return {};
}

void RouteTable::plan_fields(Route& route) {
  const HttpRoute& http = *route.http;
  const auto segments = split(http.path);
  std::vector<std::string> taken;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const auto name = name_in(segments[i]);
    route.segments.push_back(name ? std::string() : segments[i]);
    if (!name) continue;
    const bool is_key = http.key == HttpRoute::Key::path && *name == http.key_name;
    if (is_key) route.key_segment = i;
    KJ_IF_MAYBE (field, route.parameters.findFieldByName(name->c_str())) {
      route.in_path.push_back({i, *field});  // of the key, too, if the method wants to be told it
      taken.push_back(*name);
    }
  }
  const std::string_view verb = http.verb, whole = http.body;
  const bool bodiless = verb == "GET" || verb == "DELETE";
  const auto named = [](capnp::StructSchema::Field field, std::string name) {
    return Route::Named{std::move(name), field, has_annotation(field, kHttpRequired)};
  };
  std::vector<std::string> elsewhere = taken;
  for (auto field : route.parameters.getFields()) {
    const std::string name = field.getProto().getName();
    if (std::find(taken.begin(), taken.end(), name) != taken.end()) continue;
    if (has_annotation(field, kHttpHeader)) {
      route.in_headers.push_back(named(field, annotation_text(field, kHttpHeader)));
    } else if (has_annotation(field, kHttpQuery) || bodiless || (!whole.empty() && name != whole)) {
      route.in_query.push_back(named(field, name_of(field)));
    } else {
      continue;
    }
    elsewhere.push_back(name);
  }
  if (!bodiless) {
    route.body = &shapes_.of(route.parameters, [&](capnp::StructSchema::Field field) {
      return std::find(elsewhere.begin(), elsewhere.end(), std::string(field.getProto().getName())) == elsewhere.end();
    });
    if (!whole.empty())
      for (const auto& member : route.body->members())
        if (whole == member.field.getProto().getName().cStr()) route.whole_body = &member;
    if (route.body->members().empty()) route.body = nullptr;
  }
  for (auto field : route.results.getFields())
    if (has_annotation(field, kHttpHeader))
      route.out_headers.push_back(named(field, annotation_text(field, kHttpHeader)));
  route.answer =
      &shapes_.of(route.results, [](capnp::StructSchema::Field field) { return !has_annotation(field, kHttpHeader); });
  route.tells = !route.answer->members().empty();
}

void RouteTable::plan_options(Route& route, capnp::InterfaceSchema schema, capnp::InterfaceSchema::Method declared) {
  const auto limited = [&](capnp::schema::Annotation::Reader annotation) {
    if (annotation.getId() != kHttpLimit) return;
    const auto said = annotation.getValue().getStruct().getAs<schema::http::Limit>();
    route.limit = {said.getPerMinute(), said.getBurst()};
  };
  for (auto annotation : schema.getProto().getAnnotations()) limited(annotation);
  for (auto annotation : declared.getProto().getAnnotations()) {
    limited(annotation);
    if (annotation.getId() == kHttpIdempotencyKey) route.wants_idempotency_key = true;
    if (annotation.getId() == kHttpBytes) plan_bytes(route, annotation.getValue().getText().cStr());
  }
}

void RouteTable::plan_bytes(Route& route, std::string_view types) {
  for (std::size_t at = 0; at < types.size();) {
    const auto end = std::min(types.find(' ', at), types.size());
    route.media_types.emplace_back(types.substr(at, end - at));
    at = end + 1;
  }
  if (route.whole_body && route.whole_body->field.getType().isData()) route.raw_body = route.whole_body->field;
  const auto& told = route.answer->members();
  if (told.size() == 1 && told.front().field.getType().isData()) route.raw_answer = told.front().field;
}

// Depth first, literals before names; the first place that has the verb, else the first that has any.
const RouteTable::Step* RouteTable::walk(const Step& from, const std::vector<std::string>& segments, std::size_t at,
                                         std::string_view verb, bool& has_verb) {
  if (at == segments.size()) {
    has_verb = from.verbs.contains(verb);
    return from.verbs.empty() ? nullptr : &from;
  }
  const Step* known = nullptr;
  const auto try_one = [&](const Step* next) {
    if (!next || has_verb) return;
    if (const Step* found = walk(*next, segments, at + 1, verb, has_verb); found && (has_verb || !known)) known = found;
  };
  const auto literal = from.literal.find(segments[at]);
  try_one(literal == from.literal.end() ? nullptr : literal->second.get());
  if (!segments[at].empty()) try_one(from.any.get());
  return known;
}

RouteTable::Found RouteTable::find(std::string_view verb, const std::vector<std::string>& segments) const {
  const std::string_view wanted = verb == "HEAD" ? std::string_view("GET") : verb;
  bool has_verb = false;
  const Step* step = walk(root_, segments, 0, wanted, has_verb);
  if (!step) return {};
  Found found;
  if (has_verb) {
    const Target& target = step->verbs.find(wanted)->second;
    if (const auto* route = std::get_if<const Route*>(&target)) found.route = *route;
    if (const auto* host = std::get_if<const HostRoute*>(&target)) found.host = *host;
    return found;
  }
  for (const auto& [name, route] : step->verbs)
    found.allowed += (found.allowed.empty() ? "" : ", ") + name + (name == "GET" ? ", HEAD" : "");
  found.allowed += ", OPTIONS";
  return found;
}

}  // namespace troupe::gateway

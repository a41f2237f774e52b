#include "gateway/route_table.h"

#include <algorithm>

#include "gateway/schema_ids.h"

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

}  // namespace

Result<void> RouteTable::add(const ServiceInfo& service) {
  for (const auto& route : routes_)
    if (route->service->id == service.id)
      return Error(ErrorKind::invalid, std::string("service ") + service.name + " is offered twice");
  const capnp::InterfaceSchema schema = service.schema();
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
    plan_options(route, declared);
    Step* step = &root_;
    for (const std::string& segment : split(route.http->path)) {
      auto& next = name_in(segment) ? step->any : step->literal[segment];
      if (!next) next = std::make_unique<Step>();
      step = next.get();
    }
    const auto [at, first] = step->verbs.emplace(route.http->verb, &route);
    if (!first)
      return Error(ErrorKind::invalid, std::string(route.http->verb) + " " + route.http->path + " is of " +
                                           route.name() + " and of " + at->second->name() +
                                           "; give one of the two another path");
    routes_.push_back(std::move(made));
  }
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

void RouteTable::plan_options(Route& route, capnp::InterfaceSchema::Method declared) {
  for (auto annotation : declared.getProto().getAnnotations()) {
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
  if (has_verb) found.route = step->verbs.find(wanted)->second;
  for (const auto& [name, route] : step->verbs)
    found.allowed += (found.allowed.empty() ? "" : ", ") + name + (name == "GET" ? ", HEAD" : "");
  found.allowed += ", OPTIONS";
  return found;
}

}  // namespace troupe::gateway

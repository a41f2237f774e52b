#include "routes.h"

#include <fmt/format.h>
#include <troupe/http.capnp.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "checks.h"
#include "route_checks.h"

namespace troupe::schema {
namespace {

struct Verb {
  std::uint64_t id;
  const char* annotation;
  const char* verb;
};
constexpr std::array kVerbs = {Verb{kHttpGet, "get", "GET"}, Verb{kHttpPost, "post", "POST"},
                               Verb{kHttpPut, "put", "PUT"}, Verb{kHttpPatch, "patch", "PATCH"},
                               Verb{kHttpDelete, "delete", "DELETE"}};

struct Named {
  std::uint64_t id;
  const char* name;
};
// What is said of a route.
constexpr std::array kOfRoutes = {Named{kHttpActor, "actor"},   Named{kHttpOwn, "own"},
                                  Named{kHttpFresh, "fresh"},   Named{kHttpBody, "body"},
                                  Named{kHttpStatus, "status"}, Named{kHttpLocation, "location"},
                                  Named{kHttpBytes, "bytes"},   Named{kHttpIdempotencyKey, "idempotencyKey"},
                                  Named{kHttpLimit, "limit"},   Named{kHttpDeprecated, "deprecated"}};
constexpr std::array kOfAccess = {Named{kAuthPublic, "public"}, Named{kAuthUser, "user"}, Named{kAuthRole, "role"},
                                  Named{kAuthSelf, "self"}, Named{kAuthScope, "scope"}};

template <class Fields>
auto field_named(Fields fields, std::string_view name) -> std::optional<capnp::schema::Field::Reader> {
  for (auto field : fields)
    if (name == field.getName().cStr()) return field;
  return std::nullopt;
}

template <class Fields>
std::vector<std::string> names_of(Fields fields) {
  std::vector<std::string> out;
  for (auto field : fields) out.emplace_back(field.getName());
  return out;
}

}  // namespace

void RouteReading::wrong(const Place& place, const std::optional<std::string>& complaint) {
  if (complaint) diagnostics_.error(place, *complaint);
}

RouteReading::Fields RouteReading::fields_of(std::uint64_t type) const {
  const Node* node = nodes_.find(type);
  return node && node->isStruct() ? node->getStruct().getFields() : Fields();
}

// --- a service ---

std::string RouteReading::version_of(const Node& node) {
  const Node& file = nodes_.file_of(node);
  const auto& text = source(node);
  const bool own = says(node.getAnnotations(), kHttpVersion);
  if (!own && !says(file.getAnnotations(), kHttpVersion)) return {};
  std::string version = text_of(own ? node.getAnnotations() : file.getAnnotations(), kHttpVersion);
  wrong(own ? text.annotation(nodes_.path(node), "version") : text.declaration(nodes_.path(node)),
        check_version(version));
  return version;
}

void RouteReading::begin_service(const Node& node, const Service& service) {
  const auto& text = source(node);
  const auto annotations = node.getAnnotations();
  placement_ = service.placement;
  common_ = Route();
  access_ = Access();
  version_ = version_of(node);
  if (says(annotations, kHttpKey)) {
    common_.key_name = text_of(annotations, kHttpKey);
    if (check_path("/{" + common_.key_name + "}"))
      diagnostics_.error(text.annotation(service.path, "key"),
                         fmt::format("\"{}\" cannot be the key's name in paths; write letters and digits, as \"id\"",
                                     common_.key_name));
  }
  read_deprecation(annotations, service.path, text, common_);
  check_limit(annotations, service.path, text);
  (void)read_access(annotations, service.path, text, access_);
}

void RouteReading::refuse_on_plain(const Node& node) {
  const auto refuse = [&](Annotations annotations, const std::string& path, const auto& names) {
    for (const auto& one : names)
      if (says(annotations, one.id))
        diagnostics_.error(source(node).annotation(path, one.name),
                           fmt::format("'{}' stands on '{}', and '{}' is not a service; add $Troupe.actor(state = "
                                       "\"...\") to the interface or remove it here",
                                       one.name, path, schema_name(node)));
  };
  constexpr std::array kVerbNames = {Named{kHttpGet, "get"}, Named{kHttpPost, "post"}, Named{kHttpPut, "put"},
                                     Named{kHttpPatch, "patch"}, Named{kHttpDelete, "delete"}};
  constexpr std::array kOfServices = {Named{kHttpKey, "key"}, Named{kHttpVersion, "version"},
                                      Named{kHttpLimit, "limit"}, Named{kHttpDeprecated, "deprecated"}};
  const auto path = nodes_.path(node);
  refuse(node.getAnnotations(), path, kOfServices);
  refuse(node.getAnnotations(), path, kOfAccess);
  for (auto method : node.getInterface().getMethods()) {
    const auto of = path + "." + std::string(method.getName());
    refuse(method.getAnnotations(), of, kVerbNames);
    refuse(method.getAnnotations(), of, kOfRoutes);
    refuse(method.getAnnotations(), of, kOfAccess);
  }
}

// --- a method ---

void RouteReading::read(const Node& node, capnp::schema::Method::Reader source_method, Method& method) {
  const At at{node,
              source(node),
              nodes_.path(node) + "." + method.name,
              source_method.getAnnotations(),
              fields_of(source_method.getParamStructType()),
              fields_of(source_method.getResultStructType())};
  method.access = access_;
  Access own;
  if (read_access(at.annotations, at.path, at.text, own)) method.access = own;
  read_verb(at, method);
  if (method.route.verb.empty()) return refuse_without_route(at);
  read_key(at, method.route, method.access, method.name);
  read_rest(at, method.route);
  check_bytes(at, method.route);
  check_idempotency_key(at, method.route);
  check_limit(at.annotations, at.path, at.text);
  check_parameters(at, method.route);
  check_results(at);
}

void RouteReading::read_verb(const At& at, Method& method) {
  const Verb* found = nullptr;
  for (const Verb& verb : kVerbs) {
    if (!says(at.annotations, verb.id)) continue;
    const auto place = at.text.annotation(at.path, verb.annotation);
    if (found)
      diagnostics_.error(place, fmt::format("method '{}' has a route already, by {}; a method has one", method.name,
                                            found->annotation));
    if (std::exchange(found, &verb)) continue;
    const std::string path = text_of(at.annotations, verb.id);
    if (auto complaint = check_path(path)) {
      diagnostics_.error(place, *complaint);
      continue;
    }
    method.route = common_;
    method.route.verb = verb.verb;
    method.route.path = version_.empty() ? path : "/" + version_ + (path == "/" ? "" : path);
    claim(method.route, place);
    if (verb.id == kHttpGet && !method.read_only)
      diagnostics_.error(place, fmt::format("method '{}' is no $Troupe.readOnly, and a GET is repeated and asked for "
                                            "ahead by whoever likes; mark it so, or use another verb",
                                            method.name));
    if (method.access.who == "nobody")
      diagnostics_.error(place,
                         fmt::format("method '{}' has a route and nothing says who may call it; add $Auth.public, "
                                     "$Auth.user, $Auth.self or $Auth.role(\"...\") to it or to the service",
                                     method.name));
  }
}

void RouteReading::read_key(const At& at, Route& route, const Access& access, const std::string& method) {
  const auto names = path_names(route.path);
  const bool in_path = std::find(names.begin(), names.end(), route.key_name) != names.end();
  const bool without = placement_ == "pool" || placement_ == "singleton";
  const Named* said = nullptr;
  for (const Named& one : kOfRoutes) {
    if (one.id != kHttpActor && one.id != kHttpOwn && one.id != kHttpFresh) continue;
    if (!says(at.annotations, one.id)) continue;
    const auto place = at.text.annotation(at.path, one.name);
    if (said || in_path || without)
      diagnostics_.error(place, fmt::format("method '{}': {}, so remove '{}'", method,
                                            said      ? fmt::format("'{}' says which actor is called", said->name)
                                            : in_path ? fmt::format("its path has {{{}}}", route.key_name)
                                                      : fmt::format("a {} is called without a key", placement_),
                                            one.name));
    said = &one;
    route.key = one.id == kHttpActor ? "fixed" : one.id == kHttpOwn ? "own" : "fresh";
    if (one.id != kHttpOwn) route.key_text = text_of(at.annotations, one.id);
    if (one.id == kHttpActor && route.key_text.empty())
      diagnostics_.error(place, "an empty text is no key of an actor; write the key");
    if (one.id == kHttpOwn && access.who == "everybody")
      diagnostics_.error(place, fmt::format("method '{}' may be called by who is not known, and nothing is theirs; "
                                            "remove $Auth.public or 'own'",
                                            method));
    if (one.id == kHttpFresh && route.verb != "POST")
      diagnostics_.error(place, fmt::format("a {} does not make a new actor; use post", route.verb));
  }
  if (without) route.key = "none";
  if (said || in_path || without) return;
  diagnostics_.error(
      at.text.declaration(at.path),
      fmt::format("the path of '{}', \"{}\", has no {{{}}}, so nobody knows which actor is called; add it, "
                  "or $Http.actor(\"...\"), $Http.own or $Http.fresh(\"...\")",
                  method, route.path, route.key_name));
}

void RouteReading::read_rest(const At& at, Route& route) {
  if (const auto value = annotation_value(at.annotations, kHttpStatus)) {
    route.status = value->getUint16();
    wrong(at.text.annotation(at.path, "status"), check_status(route.status));
  }
  if (says(at.annotations, kHttpBody)) {
    route.body = text_of(at.annotations, kHttpBody);
    const auto place = at.text.annotation(at.path, "body");
    if (route.verb == "GET" || route.verb == "DELETE")
      diagnostics_.error(place, fmt::format("a {} has no body; use another verb, or remove it", route.verb));
    if (!field_named(at.parameters, route.body))
      diagnostics_.error(place, fmt::format("\"{}\" is no field of the parameters.{}", route.body,
                                            suggestion(route.body, names_of(at.parameters))));
  }
  if (says(at.annotations, kHttpLocation)) {
    route.location = text_of(at.annotations, kHttpLocation);
    const auto place = at.text.annotation(at.path, "location");
    if (auto complaint = check_path(route.location)) return wrong(place, complaint);
    for (const auto& name : path_names(route.location)) {
      const auto result = field_named(at.results, name), parameter = field_named(at.parameters, name);
      if (name == route.key_name && !result && !parameter) continue;
      if (!result && !parameter)
        diagnostics_.error(place, fmt::format("{{{}}} is neither the key nor a field of the results or parameters.{}",
                                              name, suggestion(name, names_of(at.results))));
      else if (!travels_as_text(result ? *result : *parameter))
        diagnostics_.error(place, fmt::format("{{{}}} is a struct or a list, which a path cannot hold", name));
    }
  }
  read_deprecation(at.annotations, at.path, at.text, route);
}

void RouteReading::read_deprecation(Annotations annotations, const std::string& path, const SourceMap& text,
                                    Route& route) {
  const auto value = annotation_value(annotations, kHttpDeprecated);
  if (!value) return;
  const auto said = value->getStruct().getAs<http::Deprecation>();
  route.deprecated = std::string(said.getSince());
  route.sunset = std::string(said.getSunset());
  route.instead = std::string(said.getInstead());
  wrong(text.option(path, "deprecated", "since"), check_date(route.deprecated));
  if (!route.sunset.empty()) wrong(text.option(path, "deprecated", "sunset"), check_date(route.sunset));
  if (!route.sunset.empty() && route.sunset < route.deprecated)
    diagnostics_.error(text.option(path, "deprecated", "sunset"),
                       "it ends before it is deprecated; write a later date");
}

bool RouteReading::read_access(Annotations annotations, const std::string& path, const SourceMap& text,
                               Access& access) {
  const auto place = [&](const char* name) { return text.annotation(path, name); };
  const bool everybody = says(annotations, kAuthPublic), known = says(annotations, kAuthUser);
  const bool own = says(annotations, kAuthSelf), role = says(annotations, kAuthRole),
             scope = says(annotations, kAuthScope);
  if (!everybody && !known && !own && !role && !scope) return false;
  access = Access{.who = everybody ? "everybody" : own || role ? "some" : "known", .own = own};
  if (everybody && (known || own || role || scope))
    diagnostics_.error(place("public"), "what is public is for everybody; remove it, or the other rules");
  if (known && (own || role))
    diagnostics_.error(place("user"),
                       "whoever is known may call it by this, so the other rule says nothing; remove one");
  if (own && (placement_ == "pool" || placement_ == "singleton"))
    diagnostics_.error(place("self"), fmt::format("a {} is nobody's own; remove it", placement_));
  if (role) wrong(place("role"), check_words("role", access.roles = text_of(annotations, kAuthRole)));
  if (scope) wrong(place("scope"), check_words("scope", access.scopes = text_of(annotations, kAuthScope)));
  return true;
}

// --- fields ---

bool RouteReading::travels_as_text(capnp::schema::Field::Reader field) const {
  if (!field.isSlot()) return false;
  const auto type = field.getSlot().getType();
  return !type.isStruct() && !type.isList() && !type.isInterface() && !type.isAnyPointer() && !type.isVoid();
}

bool RouteReading::travels_in_query(capnp::schema::Field::Reader field) const {
  if (travels_as_text(field)) return true;
  if (!field.isSlot() || !field.getSlot().getType().isList()) return false;
  const auto element = field.getSlot().getType().getList().getElementType();
  return !element.isStruct() && !element.isList() && !element.isInterface() && !element.isAnyPointer() &&
         !element.isVoid();
}

void RouteReading::check_parameters(const At& at, const Route& route) {
  const bool bodiless = route.verb == "GET" || route.verb == "DELETE";
  const auto names = path_names(route.path);
  for (const auto& name : names) {
    const auto field = field_named(at.parameters, name);
    const auto place = at.text.declaration(at.path);
    if (name == route.key_name) continue;
    if (!field)
      diagnostics_.error(place,
                         fmt::format("\"{}\": {{{}}} is neither the key, {{{}}}, nor a field of the method's "
                                     "parameters.{}",
                                     route.path, name, route.key_name, suggestion(name, names_of(at.parameters))));
    else if (!travels_as_text(*field))
      diagnostics_.error(
          place, fmt::format("\"{}\": {{{}}} is a struct or a list, which a path cannot hold", route.path, name));
  }
  for (auto field : at.parameters) {
    const std::string name = field.getName();
    const auto place = at.text.parameter(at.path, name, false);
    const bool in_path = std::find(names.begin(), names.end(), name) != names.end();
    const bool header = says(field.getAnnotations(), kHttpHeader), query = says(field.getAnnotations(), kHttpQuery);
    if (in_path && name != route.key_name && (header || query || name == route.body))
      diagnostics_.error(place, fmt::format("'{}' stands in the path, and cannot come from elsewhere too", name));
    if (header) wrong(place, check_header_name(text_of(field.getAnnotations(), kHttpHeader)));
    if (header && query)
      diagnostics_.error(place, fmt::format("'{}' comes from the query or from a header; remove one", name));
    if (header && !travels_as_text(field))
      diagnostics_.error(place, fmt::format("'{}' is a struct or a list, which a header cannot hold", name));
    const bool from_query = query || ((bodiless || !route.body.empty()) && !header && !in_path && name != route.body);
    if (from_query && !travels_in_query(field))
      diagnostics_.error(place,
                         bodiless && !query
                             ? fmt::format("'{}' is a struct, which a query cannot hold, and a {} has no body; use "
                                           "another verb",
                                           name, route.verb)
                             : fmt::format("'{}' is a struct, which a query cannot hold", name));
  }
  check_names(at, at.parameters, false);
}

void RouteReading::check_results(const At& at) {
  for (auto field : at.results) {
    const std::string name = field.getName();
    const auto place = at.text.parameter(at.path, name, true);
    if (!says(field.getAnnotations(), kHttpHeader)) continue;
    wrong(place, check_header_name(text_of(field.getAnnotations(), kHttpHeader)));
    if (!travels_as_text(field))
      diagnostics_.error(place, fmt::format("'{}' is a struct or a list, which a header cannot hold", name));
  }
  check_names(at, at.results, true);
}

void RouteReading::check_names(const At& at, Fields fields, bool of_results) {
  std::set<std::string> names;
  for (auto field : fields) {
    const bool named = says(field.getAnnotations(), kHttpName);
    const std::string name = named ? text_of(field.getAnnotations(), kHttpName) : std::string(field.getName());
    const auto place = at.text.parameter(at.path, std::string(field.getName()), of_results);
    if (name.empty()) diagnostics_.error(place, "an empty text is no name of a field");
    if (!names.insert(name).second)
      diagnostics_.error(place, fmt::format("there are two fields of the name \"{}\"; rename one", name));
  }
}

void RouteReading::refuse_without_route(const At& at) {
  if (std::any_of(kVerbs.begin(), kVerbs.end(), [&](const Verb& verb) { return says(at.annotations, verb.id); }))
    return;
  for (const Named& one : kOfRoutes)
    if (says(at.annotations, one.id))
      diagnostics_.error(
          at.text.annotation(at.path, one.name),
          fmt::format("'{}' is said of a route, and '{}' has none; add one, as $Http.get(\"/path/{{key}}\"), "
                      "or remove it",
                      one.name, at.path));
}

void RouteReading::claim(const Route& route, const Place& place) {
  const auto [it, first] = taken_.try_emplace(route.verb + " " + path_shape(route.path), place);
  if (!first)
    diagnostics_.error(place, fmt::format("\"{} {}\" is already taken at {}:{}; give one of the two another path",
                                          route.verb, route.path, it->second.file, it->second.line));
}

}  // namespace troupe::schema

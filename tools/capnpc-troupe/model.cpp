// Reads services out of the request, one declaration at a time, and asks the checks about each.
#include "model.h"

#include <fmt/format.h>
#include <troupe/service.capnp.h>

#include <map>
#include <set>
#include <utility>

#include "annotations.h"
#include "checks.h"
#include "comments.h"
#include "routes.h"

namespace troupe::schema {

namespace {

// capnp/stream.capnp's StreamResult, which `-> stream` stands for.
constexpr std::uint64_t kStreamResult = 0x995f9a3377c0b16e;

struct AnnotationName {
  std::uint64_t id;
  const char* name;
};
constexpr AnnotationName kMethodAnnotations[] = {
    {kReadOnly, "readOnly"}, {kReentrant, "reentrant"}, {kTimeout, "timeout"}, {kRetry, "retry"}};

std::string title_case(std::string name) {
  if (!name.empty() && name[0] >= 'a' && name[0] <= 'z') name[0] = static_cast<char>(name[0] - 'a' + 'A');
  return name;
}

const char* kind_of(const Node& node) {
  if (node.isStruct()) return "a struct";
  if (node.isEnum()) return "an enum";
  if (node.isInterface()) return "an interface";
  if (node.isConst()) return "a constant";
  return node.isAnnotation() ? "an annotation" : "a file";
}

class Reading {
 public:
  Reading(capnp::schema::CodeGeneratorRequest::Reader request, SourceFiles& sources, Diagnostics& diagnostics)
      : request_(request),
        nodes_(request),
        sources_(sources),
        diagnostics_(diagnostics),
        routes_(nodes_, sources, diagnostics) {}

  std::vector<SchemaFile> run() {
    std::vector<SchemaFile> files;
    for (auto requested : request_.getRequestedFiles()) {
      const Node* file = nodes_.find(requested.getId());
      if (file == nullptr) continue;
      files.push_back({.filename = requested.getFilename(), .services = {}, .comments = {}, .structs = {}});
      read_scope(*file, files.back().services);
      name_structs(*file, files.back().structs);
      if (any_route(files.back().services)) files.back().comments = comments_in(nodes_, *file);
    }
    claim_imports();
    return files;
  }

 private:
  struct Claim {
    Place place;
    std::uint64_t id;
  };

  void read_scope(const Node& scope, std::vector<Service>& services);
  void name_structs(const Node& scope, std::vector<std::string>& names) const;
  void read_interface(const Node& node, std::vector<Service>& services);
  void refuse_options_without_service(const Node& node);
  Service read_service(const Node& node, ActorOptions::Reader options);
  void read_placement(const SourceMap& text, ActorOptions::Reader options, Service& service);
  void read_state(const Node& node, std::string_view wanted, Service& service);
  void check_state(const Node& node, const Node& state, std::string_view wanted);
  Method read_method(const Node& node, unsigned ordinal, capnp::schema::Method::Reader method);
  void read_options(const Node& node, const std::string& path, capnp::schema::Method::Reader source, Method& method);
  std::string message_type(const Node& node, const std::string& path, const Method& method, std::uint64_t id,
                           bool of_results);
  void claim_name(const Service& service, Place place);
  void claim_imports();
  void claim_imported(const Node& scope);
  [[nodiscard]] const Node* resolve(const Node& from, std::string_view name) const;
  [[nodiscard]] const Node* nested(const Node& scope, std::string_view name) const;
  void collect_structs(const Node& scope, std::vector<std::string>& names) const;
  const SourceMap& source(const Node& node) { return sources_.map(nodes_.file_of(node).getDisplayName()); }

  capnp::schema::CodeGeneratorRequest::Reader request_;
  Nodes nodes_;
  SourceFiles& sources_;
  Diagnostics& diagnostics_;
  std::map<std::string, Claim> services_;
  RouteReading routes_;
};

void Reading::read_scope(const Node& scope, std::vector<Service>& services) {
  for (auto child : scope.getNestedNodes()) {
    const Node* node = nodes_.find(child.getId());
    if (node == nullptr) continue;
    if (node->isInterface()) read_interface(*node, services);
    read_scope(*node, services);
  }
}

void Reading::name_structs(const Node& scope, std::vector<std::string>& names) const {
  for (auto child : scope.getNestedNodes()) {
    const Node* node = nodes_.find(child.getId());
    if (node == nullptr || node->getIsGeneric()) continue;
    if (node->isStruct()) names.push_back(nodes_.cpp_name(*node));
    name_structs(*node, names);
  }
}

void Reading::read_interface(const Node& node, std::vector<Service>& services) {
  const auto value = annotation_value(node.getAnnotations(), kActor);
  if (!value) return refuse_options_without_service(node);
  const auto& text = source(node);
  const auto path = nodes_.path(node);
  const auto place = text.declaration(path);
  if (node.getIsGeneric())
    return diagnostics_.error(place, fmt::format("service '{}' is generic, or stands in a generic scope; a service has "
                                                 "one meaning everywhere, so name its types",
                                                 schema_name(node)));
  if (node.getInterface().getSuperclasses().size() > 0)
    return diagnostics_.error(place,
                              fmt::format("service '{}' extends another interface, which is not supported; write "
                                          "the methods out here",
                                          schema_name(node)));
  services.push_back(read_service(node, value->getStruct().getAs<ActorOptions>()));
  claim_name(services.back(), place);
}

void Reading::refuse_options_without_service(const Node& node) {
  routes_.refuse_on_plain(node);
  for (auto method : node.getInterface().getMethods())
    for (const auto& [id, name] : kMethodAnnotations)
      if (annotation_value(method.getAnnotations(), id)) {
        const auto path = nodes_.path(node) + "." + std::string(method.getName());
        diagnostics_.error(source(node).annotation(path, name),
                           fmt::format("'{}' stands on a method of '{}', which is not a service; add "
                                       "$Troupe.actor(state = \"...\") to the interface or remove it here",
                                       name, schema_name(node)));
      }
}

Service Reading::read_service(const Node& node, ActorOptions::Reader options) {
  Service service;
  service.name = schema_name(node);
  service.path = nodes_.path(node);
  service.file = std::string(nodes_.file_of(node).getDisplayName());
  service.cpp_type = nodes_.cpp_name(node);
  service.cpp_namespace = nodes_.cpp_namespace(node);
  service.actor_class = cpp_name_or(node.getAnnotations(), service.name) + "Actor";
  service.doc = nodes_.doc(node.getId());
  service.id = node.getId();
  service.remember = options.getRemember();
  service.remember_seconds = options.getRememberSeconds();
  service.history = options.getHistory();
  service.state_version = options.getVersion();
  const auto& text = source(node);
  read_placement(text, options, service);
  if (nested(nodes_.file_of(node), service.actor_class))
    diagnostics_.error(text.declaration(service.actor_class),
                       fmt::format("'{}' is the name of the class generated for service '{}'; rename this declaration",
                                   service.actor_class, service.name));
  if (service.state_version > 0 && options.getState().size() == 0)
    diagnostics_.error(text.option(service.path, "actor", "version"),
                       fmt::format("service '{}' keeps no state, so there is nothing that the version is of; name a "
                                   "state or remove it",
                                   service.name));
  if (options.getState().size() > 0) read_state(node, std::string(options.getState()), service);
  routes_.begin_service(node, service);
  unsigned ordinal = 0;
  for (auto method : node.getInterface().getMethods()) service.methods.push_back(read_method(node, ordinal++, method));
  return service;
}

void Reading::read_placement(const SourceMap& text, ActorOptions::Reader options, Service& service) {
  const auto wrong = [&](const char* option, const Complaint& complaint) {
    if (complaint) diagnostics_.error(text.option(service.path, "actor", option), *complaint);
  };
  service.placement = std::string(options.getPlacement());
  wrong("placement", check_placement(service.placement, options.getState().size() > 0));
  service.instances = options.getInstances();
  if (const std::string balance = options.getBalance(); !balance.empty()) {
    service.balance = balance;
    wrong("balance", check_balance(balance));
    wrong("balance", check_of_pool("balance", service.placement));
  }
  if (service.instances > 0) wrong("instances", check_of_pool("instances", service.placement));
  wrong("instances", check_instances(service.instances));
}

void Reading::read_state(const Node& node, std::string_view wanted, Service& service) {
  if (const Node* state = resolve(node, wanted)) {
    service.state_id = state->getId();
    service.state_type = nodes_.cpp_name(*state);
    return check_state(node, *state, wanted);
  }
  const auto& text = source(node);
  const auto place = text.option(service.path, "actor", "state");
  if (text.has_alias(wanted.substr(0, wanted.find('.'))))
    return diagnostics_.error(place, fmt::format("state \"{}\" goes through a `using`; a service's state must be a "
                                                 "struct declared in its own file",
                                                 wanted));
  std::vector<std::string> structs;
  collect_structs(nodes_.file_of(node), structs);
  const auto advice = suggestion(wanted, structs);
  diagnostics_.error(place,
                     fmt::format("unknown state \"{}\": this file has no such struct.{}", wanted,
                                 advice.empty() ? fmt::format(" Declare `struct {} {{ ... }}`.", wanted) : advice));
}

void Reading::check_state(const Node& node, const Node& state, std::string_view wanted) {
  const auto& text = source(node);
  const auto place = text.option(nodes_.path(node), "actor", "state");
  if (!state.isStruct())
    return diagnostics_.error(place,
                              fmt::format("state \"{}\" is {}; a service keeps a struct", wanted, kind_of(state)));
  if (state.getIsGeneric())
    return diagnostics_.error(place, fmt::format("state \"{}\" is generic, which is not supported; declare a struct "
                                                 "with its types named",
                                                 wanted));
  if (const auto capability = find_capability(nodes_, state))
    diagnostics_.error(text.declaration(nodes_.path(state) + "." + capability->first),
                       fmt::format("state '{}' holds an interface in '{}', and those cannot be stored; keep the key of "
                                   "an actor as Text",
                                   nodes_.path(state), capability->path));
}

Method Reading::read_method(const Node& node, unsigned ordinal, capnp::schema::Method::Reader source_method) {
  Method method;
  method.name = std::string(source_method.getName());
  const auto path = nodes_.path(node) + "." + method.name;
  const auto place = source(node).declaration(path);
  const auto cpp = cpp_name_or(source_method.getAnnotations(), method.name);
  method.cpp_name = safe_identifier(cpp);
  method.title = title_case(cpp);
  method.doc = nodes_.member_doc(node.getId(), ordinal);
  if (auto complaint = check_method_name(method.cpp_name)) diagnostics_.error(place, *complaint);
  if (source_method.getImplicitParameters().size() > 0)
    diagnostics_.error(place,
                       fmt::format("method '{}' is generic, which is not supported; name its types", method.name));
  if (source_method.getResultStructType() == kStreamResult) {
    diagnostics_.error(place, fmt::format("method '{}' is a stream, which is not supported; return `()` and call it "
                                          "once per item",
                                          method.name));
    return method;
  }
  const Node* params = nodes_.find(source_method.getParamStructType());
  method.has_params = params == nullptr || params->getStruct().getFields().size() > 0;
  method.params_type = message_type(node, path, method, source_method.getParamStructType(), false);
  method.results_type = message_type(node, path, method, source_method.getResultStructType(), true);
  read_options(node, path, source_method, method);
  return method;
}

std::string Reading::message_type(const Node& node, const std::string& path, const Method& method, std::uint64_t id,
                                  bool of_results) {
  const Node* type = nodes_.find(id);
  if (type == nullptr) return {};
  const char* side = of_results ? "results" : "parameters";
  if (type->getIsGeneric())
    diagnostics_.error(
        source(node).declaration(path),
        fmt::format("the {} of '{}' are a generic struct, which is not supported; name the types", side, method.name));
  if (const auto capability = find_capability(nodes_, *type))
    diagnostics_.error(source(node).parameter(path, capability->first, of_results),
                       fmt::format("the {} of '{}' hold an interface in '{}', and those cannot travel between actors; "
                                   "send the key of an actor as Text",
                                   side, method.name, capability->path));
  if (type->getScopeId() != 0) return nodes_.cpp_name(*type);
  return nodes_.cpp_name(node) + "::" + method.title + (of_results ? "Results" : "Params");
}

void Reading::read_options(const Node& node, const std::string& path, capnp::schema::Method::Reader source_method,
                           Method& method) {
  const auto annotations = source_method.getAnnotations();
  const auto& text = source(node);
  method.read_only = annotation_value(annotations, kReadOnly).has_value();
  method.reentrant = annotation_value(annotations, kReentrant).has_value();
  method.retry = annotation_value(annotations, kRetry).has_value();
  if (method.read_only && method.reentrant)
    diagnostics_.error(text.annotation(path, "reentrant"),
                       fmt::format("method '{}' is both readOnly and reentrant; readOnly already interleaves, so "
                                   "remove reentrant",
                                   method.name));
  if (const auto value = annotation_value(annotations, kTimeout)) {
    method.timeout_ms = value->getUint32();
    if (method.timeout_ms == 0)
      diagnostics_.error(text.annotation(path, "timeout"),
                         fmt::format("the timeout of '{}' is 0, so no call could succeed; write milliseconds above 0, "
                                     "or remove it for the default",
                                     method.name));
  }
  if (annotation_value(annotations, kFormerHttp))
    diagnostics_.error(
        text.annotation(path, "http"),
        "$Troupe.http is no more: import \"/troupe/http.capnp\" as Http and write $Http.get(\"/path/{key}\"), "
        "post, put, patch or delete");
  if (annotation_value(annotations, kFormerAuth))
    diagnostics_.error(
        text.annotation(path, "auth"),
        "$Troupe.auth is no more: import \"/troupe/auth.capnp\" as Auth and write $Auth.public, $Auth.user, "
        "$Auth.self or $Auth.role(\"...\")");
  routes_.read(node, source_method, method);
}

void Reading::claim_name(const Service& service, Place place) {
  const auto [it, first] = services_.try_emplace(service.name, Claim{place, service.id});
  if (first || it->second.id == service.id) return;
  const auto& other = it->second.place;
  diagnostics_.error(place, fmt::format("there is already a service '{}' at {}:{}; services are found by name, so "
                                        "rename one of them",
                                        service.name, other.file, other.line));
}

void Reading::claim_imports() {
  std::set<std::uint64_t> seen;
  for (auto requested : request_.getRequestedFiles()) seen.insert(requested.getId());
  for (auto requested : request_.getRequestedFiles())
    for (auto import : requested.getImports())
      if (const Node* file = nodes_.find(import.getId()); file != nullptr && seen.insert(file->getId()).second)
        claim_imported(*file);
}

// The request holds only those imported nodes that are used, so an unused service is looked for in the text.
void Reading::claim_imported(const Node& scope) {
  for (auto child : scope.getNestedNodes()) {
    const std::string name = child.getName();
    const auto known = services_.find(name);
    const Node* node = nodes_.find(child.getId());
    const auto path = scope.isFile() ? name : nodes_.path(scope) + "." + name;
    const auto& text = source(scope);
    const bool service =
        node ? annotation_value(node->getAnnotations(), kActor).has_value() : text.has_annotation(path, "actor");
    const auto place = text.declaration(path);
    if (service && known == services_.end())
      services_.emplace(name, Claim{place, child.getId()});
    else if (service && known->second.id != child.getId())
      diagnostics_.error(known->second.place,
                         fmt::format("there is already a service '{}' in the imported {}:{}; services are found by "
                                     "name, so rename one of them",
                                     name, place.file, place.line));
    if (node) claim_imported(*node);
  }
}

const Node* Reading::resolve(const Node& from, std::string_view name) const {
  const auto first = name.substr(0, name.find('.'));
  const Node* found = nullptr;
  for (const Node* scope = &from; scope != nullptr && found == nullptr; scope = nodes_.find(scope->getScopeId()))
    found = nested(*scope, first);
  while (found != nullptr && name.find('.') != name.npos) {
    name.remove_prefix(name.find('.') + 1);
    found = nested(*found, name.substr(0, name.find('.')));
  }
  return found;
}

const Node* Reading::nested(const Node& scope, std::string_view name) const {
  for (auto child : scope.getNestedNodes())
    if (name == child.getName().cStr()) return nodes_.find(child.getId());
  return nullptr;
}

void Reading::collect_structs(const Node& scope, std::vector<std::string>& names) const {
  for (auto child : scope.getNestedNodes())
    if (const Node* node = nodes_.find(child.getId())) {
      if (node->isStruct()) names.push_back(nodes_.path(*node));
      collect_structs(*node, names);
    }
}

}  // namespace

std::vector<SchemaFile> read_schemas(capnp::schema::CodeGeneratorRequest::Reader request, SourceFiles& sources,
                                     Diagnostics& diagnostics) {
  return Reading(request, sources, diagnostics).run();
}

}  // namespace troupe::schema

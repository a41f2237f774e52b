// The source file: which method runs for which ordinal, and the constant tables a node reads about a service.
#include <fmt/format.h>

#include <iterator>

#include "emit.h"

namespace troupe::schema {

namespace {

using Out = std::back_insert_iterator<std::string>;

std::string literal(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      quoted += {'\\', c};
    else if (byte < 0x20 || byte > 0x7e)
      quoted += fmt::format("\\{:03o}", byte);
    else
      quoted += c;
  }
  return quoted + "\"";
}

// What it is called in the method table, or null.
std::string route_name(const Service& service, const Method& method) {
  return method.route.verb.empty() ? "nullptr" : fmt::format("&k{}{}Route", service.name, method.title);
}

void routes(Out out, const Service& service) {
  for (const auto& method : service.methods) {
    const Route& route = method.route;
    if (route.verb.empty()) continue;
    fmt::format_to(out,
                   "constexpr ::troupe::HttpRoute k{}{}Route = {{\n    {}, {}, {}, ::troupe::HttpRoute::Key::{}, {}, "
                   "/*status*/ {}, /*body*/ {}, /*location*/ {},\n    /*deprecated*/ {}, {}, {}}};\n",
                   service.name, method.title, literal(route.verb), literal(route.path), literal(route.key_name),
                   route.key, literal(route.key_text), route.status, literal(route.body), literal(route.location),
                   literal(route.deprecated), literal(route.sunset), literal(route.instead));
  }
}

void method_table(Out out, const Service& service) {
  if (service.methods.empty()) return;
  routes(out, service);
  fmt::format_to(out, "constexpr ::troupe::MethodInfo k{}Methods[] = {{\n", service.name);
  std::size_t ordinal = 0;
  for (const auto& method : service.methods)
    fmt::format_to(out,
                   "    {{{}, {}, /*read_only*/ {}, /*reentrant*/ {}, /*retry*/ {}, /*timeout_ms*/ {}, {},\n"
                   "     {{::troupe::AccessRule::Who::{}, /*own*/ {}, /*roles*/ {}, /*scopes*/ {}}}}},\n",
                   literal(method.name), ordinal++, method.read_only, method.reentrant, method.retry, method.timeout_ms,
                   route_name(service, method), method.access.who, method.access.own, literal(method.access.roles),
                   literal(method.access.scopes));
  fmt::format_to(out, "}};\n\n");
}

void comment_table(Out out, const SchemaFile& file) {
  if (file.comments.empty()) return;
  fmt::format_to(out, "\nnamespace {{\n\nconstexpr ::troupe::SchemaComment kFileComments[] = {{\n");
  for (const Comment& comment : file.comments)
    fmt::format_to(out, "    {{0x{:016x}u, {}, {}}},\n", comment.type, comment.member, literal(comment.text));
  fmt::format_to(out, "}};\n\n}}  // namespace\n");
}

std::string schema_of(const std::string& struct_type) {
  return fmt::format("[]() -> ::capnp::StructSchema {{ return ::capnp::Schema::from<{}>(); }}", struct_type);
}

void struct_table(Out out, const SchemaFile& file) {
  if (file.structs.empty()) return;
  fmt::format_to(out, "\nnamespace {{\n\nconstexpr ::troupe::StructSchemaOf kFileStructs[] = {{\n");
  for (const auto& type : file.structs) fmt::format_to(out, "    {},\n", schema_of(type));
  fmt::format_to(out, "}};\n\n}}  // namespace\n");
}

void service_table(Out out, const Service& service, const SchemaFile& file) {
  const std::size_t file_structs = file.structs.size();
  const auto state_schema = service.state_type.empty() ? std::string("nullptr") : schema_of(service.state_type);
  fmt::format_to(
      out,
      "constexpr ::troupe::ServiceInfo k{0}Service = {{\n"
      "    {1},\n    {2},\n    /*id*/ 0x{3:016x}u,\n    /*state_type*/ 0x{4:016x}u,\n    /*remember*/ {5},\n"
      "    /*remember_seconds*/ {6},\n    /*history*/ {7},\n    /*state_version*/ {8},\n    {9},\n    {10},\n"
      "    []() -> ::capnp::InterfaceSchema {{ return ::capnp::Schema::from<{11}>(); }},\n    {12},\n    {13}, "
      "{14},\n    ::troupe::Placement::{15}, ::troupe::Balance::{16}, /*instances*/ {17},\n    {18}, {19},\n}};\n",
      service.name, literal(service.name), literal(service.file), service.id, service.state_id, service.remember,
      service.remember_seconds, service.history, service.state_version,
      service.methods.empty() ? "nullptr" : fmt::format("k{}Methods", service.name), service.methods.size(),
      service.cpp_type, state_schema, file_structs == 0 ? "nullptr" : "kFileStructs", file_structs, service.placement,
      service.balance, service.instances, file.comments.empty() ? "nullptr" : "kFileComments", file.comments.size());
}

void dispatch(Out out, const Service& service) {
  const auto actor = (service.cpp_namespace.empty() ? "" : service.cpp_namespace + "::") + service.actor_class;
  const bool any = !service.methods.empty();
  fmt::format_to(out,
                 "const ::troupe::ServiceInfo& {0}::service() const {{ return k{1}Service; }}\n\n"
                 "::troupe::Task<> {0}::dispatch(std::uint16_t method, ::capnp::AnyPointer::Reader{2},\n"
                 "    ::capnp::AnyPointer::Builder{3}) {{\n"
                 "  switch (method) {{\n",
                 actor, service.name, any ? " params" : "", any ? " results" : "");
  std::size_t ordinal = 0;
  for (const auto& method : service.methods)
    fmt::format_to(out, "    case {0}:\n      return {1}(params.getAs<{2}Params>(), results.initAs<{2}Results>());\n",
                   ordinal++, method.cpp_name, method.title);
  fmt::format_to(out,
                 "    default:\n"
                 "      throw ::troupe::Error(::troupe::ErrorKind::not_found,\n"
                 "                            \"service '{0}' has no method number \" + std::to_string(method) +\n"
                 "                                \"; it knows {1}: the caller's schema is newer than the actor's\");\n"
                 "  }}\n}}\n",
                 service.name, service.methods.size());
}

}  // namespace

std::string base_name(const std::string& filename) { return filename.substr(filename.rfind('/') + 1); }

std::string emit_source(const SchemaFile& file) {
  std::string text;
  Out out(text);
  fmt::format_to(out, "// Generated by capnpc-troupe from {0}. Do not edit.\n#include \"{0}.troupe.h\"\n",
                 base_name(file.filename));
  if (file.services.empty()) return text;
  fmt::format_to(out,
                 "\n#include <capnp/any.h>\n#include <capnp/schema.h>\n#include <troupe/error.h>\n\n"
                 "#include <string>\n");
  struct_table(out, file);
  comment_table(out, file);
  for (const auto& service : file.services) {
    fmt::format_to(out, "\nnamespace {{\n\n");
    method_table(out, service);
    service_table(out, service, file);
    fmt::format_to(out, "\n}}  // namespace\n\n");
    dispatch(out, service);
    fmt::format_to(out,
                   "\nnamespace troupe {{\nconst ServiceInfo& ServiceOf<{}>::info() {{ return k{}Service; }}\n"
                   "}}  // namespace troupe\n",
                   service.cpp_type, service.name);
  }
  return text;
}

}  // namespace troupe::schema

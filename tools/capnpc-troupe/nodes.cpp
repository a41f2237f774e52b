// Look-ups over the request, and capnpc-c++'s naming rules.
#include "nodes.h"

#include <algorithm>
#include <array>

namespace troupe::schema {

namespace {

// From capnp/c++.capnp.
constexpr std::uint64_t kCxxNamespace = 0xb9c6f99ebf805f2c;
constexpr std::uint64_t kCxxName = 0xf264a779fef191ce;

// Sorted.
constexpr std::array<std::string_view, 92> kCppKeywords = {
    "alignas",     "alignof",  "and",        "and_eq",    "asm",       "auto",         "bitand",
    "bitor",       "bool",     "break",      "case",      "catch",     "char",         "char16_t",
    "char32_t",    "char8_t",  "class",      "co_await",  "co_return", "co_yield",     "compl",
    "concept",     "const",    "const_cast", "consteval", "constexpr", "constinit",    "continue",
    "decltype",    "default",  "delete",     "do",        "double",    "dynamic_cast", "else",
    "enum",        "explicit", "export",     "extern",    "false",     "float",        "for",
    "friend",      "goto",     "if",         "inline",    "int",       "long",         "mutable",
    "namespace",   "new",      "noexcept",   "not",       "not_eq",    "nullptr",      "operator",
    "or",          "or_eq",    "private",    "protected", "public",    "register",     "reinterpret_cast",
    "requires",    "return",   "short",      "signed",    "sizeof",    "static",       "static_assert",
    "static_cast", "struct",   "switch",     "template",  "this",      "thread_local", "throw",
    "true",        "try",      "typedef",    "typeid",    "typename",  "union",        "unsigned",
    "using",       "virtual",  "void",       "volatile",  "wchar_t",   "while",        "xor",
    "xor_eq"};

}  // namespace

Nodes::Nodes(capnp::schema::CodeGeneratorRequest::Reader request) {
  for (auto node : request.getNodes()) nodes_.emplace(node.getId(), node);
  for (auto comment : request.getSourceInfo()) comments_.emplace(comment.getId(), comment);
}

const Node* Nodes::find(std::uint64_t id) const {
  const auto it = nodes_.find(id);
  return it == nodes_.end() ? nullptr : &it->second;
}

const Node& Nodes::file_of(const Node& node) const {
  const Node* at = find(node.getId());
  while (const Node* scope = find(at->getScopeId())) at = scope;
  return *at;
}

std::string Nodes::path(const Node& node) const {
  if (node.isFile()) return {};
  const Node* scope = find(node.getScopeId());
  if (scope == nullptr || scope->isFile()) return schema_name(node);
  return path(*scope) + "." + schema_name(node);
}

std::string Nodes::cpp_name(const Node& node) const {
  if (node.isFile()) {
    const auto space = cpp_namespace(node);
    return space.empty() ? "" : "::" + space;
  }
  const Node* scope = find(node.getScopeId());
  return (scope ? cpp_name(*scope) : "") + "::" + cpp_name_or(node.getAnnotations(), schema_name(node));
}

std::string Nodes::cpp_namespace(const Node& node) const {
  for (auto annotation : file_of(node).getAnnotations())
    if (annotation.getId() == kCxxNamespace) return annotation.getValue().getText();
  return {};
}

std::string Nodes::doc(std::uint64_t id) const {
  const auto it = comments_.find(id);
  return it == comments_.end() ? "" : it->second.getDocComment();
}

std::string Nodes::member_doc(std::uint64_t id, unsigned index) const {
  const auto it = comments_.find(id);
  if (it == comments_.end() || index >= it->second.getMembers().size()) return {};
  return it->second.getMembers()[index].getDocComment();
}

std::string schema_name(const Node& node) {
  const std::string_view shown(node.getDisplayName().cStr(), node.getDisplayName().size());
  return std::string(shown.substr(std::min<std::size_t>(node.getDisplayNamePrefixLength(), shown.size())));
}

std::string cpp_name_or(capnp::List<capnp::schema::Annotation>::Reader annotations, std::string_view otherwise) {
  for (auto annotation : annotations)
    if (annotation.getId() == kCxxName) return annotation.getValue().getText();
  return std::string(otherwise);
}

std::string safe_identifier(std::string name) {
  if (std::binary_search(kCppKeywords.begin(), kCppKeywords.end(), name)) name += '_';
  return name;
}

}  // namespace troupe::schema

// The nodes of a code generator request by id, and the C++ names that capnpc-c++ gives them.
// It assumes what the capnp compiler guarantees: the scopes around every node are in the request.
#pragma once

#include <capnp/schema.capnp.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace troupe::schema {

using Node = capnp::schema::Node::Reader;

class Nodes {
 public:
  explicit Nodes(capnp::schema::CodeGeneratorRequest::Reader request);

  // Null when the compiler left the node out of the request.
  [[nodiscard]] const Node* find(std::uint64_t id) const;
  // The file a node was declared in, following its scopes outward. Generated parameter structs have none.
  [[nodiscard]] const Node& file_of(const Node& node) const;
  // "Outer.Stock": the path from the file inward.
  [[nodiscard]] std::string path(const Node& node) const;
  // "::shop::Outer::Stock"
  [[nodiscard]] std::string cpp_name(const Node& node) const;
  // What $Cxx.namespace says in the node's file: "shop::v1", or "" for the global namespace.
  [[nodiscard]] std::string cpp_namespace(const Node& node) const;
  // The comments above the node and its members, where the compiler passed them on.
  [[nodiscard]] std::string doc(std::uint64_t id) const;
  [[nodiscard]] std::string member_doc(std::uint64_t id, unsigned index) const;

 private:
  std::unordered_map<std::uint64_t, Node> nodes_;
  std::unordered_map<std::uint64_t, capnp::schema::Node::SourceInfo::Reader> comments_;
};

// The name as the schema has it: "Stock".
[[nodiscard]] std::string schema_name(const Node& node);
// The name as C++ has it: $Cxx.name when there is one.
[[nodiscard]] std::string cpp_name_or(capnp::List<capnp::schema::Annotation>::Reader annotations,
                                      std::string_view otherwise);
// "delete" becomes "delete_", as in capnpc-c++.
[[nodiscard]] std::string safe_identifier(std::string name);

}  // namespace troupe::schema

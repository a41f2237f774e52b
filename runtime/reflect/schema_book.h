// Schemas as bytes and back: what a store carries so that its states can be read with no compiled-in type.
//
// encode_schemas() gives every schema.Node that a service needs, as messages; a SchemaBook loads such messages, which
// it does not trust, and answers with schemas. No Cap'n Proto exception leaves them.
#pragma once

#include <capnp/schema.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "troupe/error.h"

namespace troupe::reflect {

struct SchemaNode {
  std::uint64_t type_id = 0;
  std::vector<std::byte> message;  // a capnp::schema::Node in stream framing
};

// `root` and everything it refers to, each once.
[[nodiscard]] std::vector<SchemaNode> encode_schemas(capnp::Schema root);

class SchemaBook {
 public:
  SchemaBook();
  ~SchemaBook();
  SchemaBook(const SchemaBook&) = delete;
  SchemaBook& operator=(const SchemaBook&) = delete;

  // `corrupt` when the bytes are no schema, or not the one of `type_id`.
  [[nodiscard]] Result<void> add(std::uint64_t type_id, std::span<const std::byte> message);
  // `not_found` when it was not added; `corrupt` when it is something else. The schemas live as long as the book.
  [[nodiscard]] Result<capnp::StructSchema> struct_type(std::uint64_t type_id) const;
  [[nodiscard]] Result<capnp::InterfaceSchema> interface_type(std::uint64_t type_id) const;

 private:
  struct Loaded;
  std::unique_ptr<Loaded> loaded_;
};

// "shop.capnp:StockState" -> "StockState"
[[nodiscard]] std::string short_name(capnp::Schema schema);

}  // namespace troupe::reflect

// Schema nodes by id, and where a struct's fields lie: groups and unions flattened, so that two versions of a struct
// are compared field by field, by number.
//
// Reads nodes that may be damaged: what is wrong with them is `corrupt`, or a kj::Exception, which the caller catches.
#pragma once

#include <capnp/schema.capnp.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "reflect/schema_book.h"
#include "troupe/error.h"

namespace troupe::reflect {

class NodesById {
 public:
  NodesById();
  ~NodesById();
  [[nodiscard]] Result<void> add(std::span<const SchemaNode> nodes);
  [[nodiscard]] std::optional<capnp::schema::Node::Reader> find(std::uint64_t id) const;
  // In order of id.
  [[nodiscard]] const std::map<std::uint64_t, capnp::schema::Node::Reader>& all() const noexcept { return nodes_; }

  // "Outer.Stock"; of generated parameters "Stock.reserve$Params".
  [[nodiscard]] std::string name(std::uint64_t id) const;
  // "List(OrderLine)"
  [[nodiscard]] std::string type_text(capnp::schema::Type::Reader type) const;

 private:
  struct Held;
  std::vector<std::unique_ptr<Held>> held_;
  std::map<std::uint64_t, capnp::schema::Node::Reader> nodes_;
};

// A choice that must be made for a field to be there: the 16-bit tag at that offset has that value.
struct UnionArm {
  std::uint32_t tag = 0;
  std::uint16_t value = 0;
  bool operator==(const UnionArm&) const = default;
};

struct FlatField {
  std::string path;  // "payment.card" in a group
  capnp::schema::Field::Slot::Reader slot;
  std::vector<UnionArm> arms;  // from the outside in; empty: in no union
};

struct Layout {
  std::uint32_t data_words = 0;
  std::uint32_t pointers = 0;
  std::map<std::uint16_t, FlatField> fields;  // by number
};

// `node` is a struct and no group.
[[nodiscard]] Result<Layout> layout_of(const NodesById& nodes, capnp::schema::Node::Reader node);

}  // namespace troupe::reflect

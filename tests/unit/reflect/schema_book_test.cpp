// Schemas as bytes: a value written by a compiled-in type is read by one that came from bytes alone.
#include "reflect/schema_book.h"

#include <capnp/dynamic.h>
#include <capnp/message.h>
#include <capnp/schema.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "json_shapes.capnp.h"
#include "reflect/json.h"

namespace troupe::reflect {
namespace {

void add_all(SchemaBook& book, const std::vector<SchemaNode>& nodes) {
  for (const auto& node : nodes) REQUIRE(book.add(node.type_id, node.message).ok());
}

TEST_CASE("a state is read by the schemas a store carries, without its type") {
  SchemaBook book;
  add_all(book, encode_schemas(capnp::Schema::from<Shapes>()));
  capnp::MallocMessageBuilder message;
  auto shapes = message.initRoot<Shapes>();
  shapes.setColour(Colour::GREEN);
  shapes.initPath(1)[0].setX(5);

  auto type = book.struct_type(capnp::typeId<Shapes>());
  REQUIRE(type.ok());
  const auto loaded = to_json(*type, message.getRoot<capnp::AnyPointer>().asReader());

  CHECK(loaded.value() == to_json(shapes.asReader()).value());
}

TEST_CASE("an interface brings its methods' parameters and all they refer to") {
  const auto nodes = encode_schemas(capnp::Schema::from<Till>());
  SchemaBook book;
  add_all(book, nodes);

  const auto holds = [&](std::uint64_t id) {
    return std::any_of(nodes.begin(), nodes.end(), [&](const SchemaNode& node) { return node.type_id == id; });
  };
  CHECK(holds(capnp::typeId<Shapes>()));
  CHECK(holds(capnp::typeId<Colour>()));
  auto till = book.interface_type(capnp::typeId<Till>());
  REQUIRE(till.ok());
  CHECK(describe(till->getMethods()[0].getResultType()) == "(change :Point)");
}

TEST_CASE("a schema that was not added is not found, and one of another sort is corrupt") {
  SchemaBook book;
  add_all(book, encode_schemas(capnp::Schema::from<Point>()));

  CHECK(book.struct_type(42).error().kind() == ErrorKind::not_found);
  CHECK(book.interface_type(capnp::typeId<Point>()).error().kind() == ErrorKind::corrupt);
}

TEST_CASE("bytes that are no schema are corrupt, not a crash") {
  SchemaBook book;
  auto node = encode_schemas(capnp::Schema::from<Point>()).front();

  CHECK(book.add(1, node.message).error().kind() == ErrorKind::corrupt);
  CHECK(book.add(node.type_id, std::span(node.message).first(7)).error().kind() == ErrorKind::corrupt);
  CHECK(book.add(node.type_id, {}).error().kind() == ErrorKind::corrupt);
  for (std::size_t at = 0; at < node.message.size(); ++at) {
    auto damaged = node.message;
    damaged[at] ^= std::byte{0xff};
    (void)SchemaBook().add(node.type_id, damaged);
  }
}

}  // namespace
}  // namespace troupe::reflect

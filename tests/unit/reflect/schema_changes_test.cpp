// One test per rule of runtime/doc/schema_evolution.md, and what holds for all of them.
#include "reflect/schema_changes.h"

#include <capnp/message.h>
#include <capnp/schema.capnp.h>
#include <capnp/serialize.h>

#include <cstring>

#include "schema_texts.h"

namespace troupe::reflect {
namespace {

const std::string kLine = "struct Line { sku @0 :Text; quantity @1 :UInt32; }\n";
const std::string kOrder = kLine + "struct Order { lines @0 :List(Line); total @1 :UInt64; }\n";

TEST_CASE("the same schemas have no changes, also when they refer to themselves") {
  const std::string tree =
      "struct Tree { left @0 :Tree; right @1 :Tree; fruit @2 :List(Fruit); }\n"
      "struct Fruit { grown @0 :Tree; union { apple @1 :Void; pear :group { size @2 :UInt8; } } }";

  CHECK(only_change(tree, tree).empty());
  CHECK(only_change(tree, tree + "struct Seed { of @0 :Fruit; }") == "new-type Seed: is new");
}

TEST_CASE("allowed: a new type, and one that goes with nothing left that refers to it") {
  CHECK(only_change(kLine, kLine + "enum Colour { red @0; }") == "new-type Colour: is new");
  CHECK(only_change(kLine + "enum Colour { red @0; }", kLine) == "type-gone Colour: is no longer there");
}

TEST_CASE("allowed: new fields, enumerants and methods with the next numbers") {
  CHECK(only_change(kLine, "struct Line { sku @0 :Text; quantity @1 :UInt32; gift @2 :Bool; }") ==
        "new-field Line.gift: is new, @2");
  CHECK(only_change("enum E { a @0; }", "enum E { b @1; a @0; }") == "new-enumerant E.b: is new, @1");
  CHECK(only_change("interface I { a @0 () -> (); }", "interface I { a @0 () -> (); b @1 () -> (); }") ==
        "new-method I.b: is new, @1");
  CHECK(only_change("interface I { a @0 (x :Text) -> (); }", "interface I { a @0 (x :Text, y :Text) -> (z :Bool); }") ==
        "new-field I.a -> (z): is new, @0\nnew-field I.a(y): is new, @1");
}

TEST_CASE("allowed: members in another order of the text, and a new group's or union's new fields") {
  CHECK(only_change(kLine, "struct Line { quantity @1 :UInt32; sku @0 :Text; }").empty());
  CHECK(only_change("struct S { union { a @0 :Text; b @1 :Text; } }",
                    "struct S { union { a @0 :Text; b @1 :Text; c @2 :Text; } }") == "new-field S.c: is new, @2");
  CHECK(only_change("struct S { a @0 :Text; }", "struct S { a @0 :Text; g :group { x @1 :Text; } }") ==
        "new-field S.g.x: is new, @1");
}

TEST_CASE("noticed: a member or a type with another name, since JSON and HTTP go by names") {
  CHECK(only_change(kLine, "struct Line { sku @0 :Text; count @1 :UInt32; }") ==
        "renamed Line.quantity: is now called count");
  CHECK(only_change("struct Line @0xd508eebdc2dc42c0 { a @0 :Text; }",
                    "struct Row @0xd508eebdc2dc42c0 { a @0 :Text; }") == "renamed Line: is now called Row");
  CHECK(only_change("enum E { a @0; }", "enum E { z @0; }") == "renamed E.a: is now called z");
  CHECK(only_change("interface I { a @0 () -> (); }", "interface I { z @0 () -> (); }") ==
        "renamed I.a: is now called z");
  CHECK(only_change("struct S { a @0 :Text; }", "struct S { g :group { a @0 :Text; } }") ==
        "renamed S.a: is now called g.a");
}

TEST_CASE("noticed: a field that becomes the first member of a new union") {
  const auto found =
      only_change("struct S { a @0 :Text; b @1 :Text; }", "struct S { union { a @0 :Text; c @2 :Text; } b @1 :Text; }");

  CHECK(found ==
        "field-into-union S.a: is now the first member of a new union\n"
        "new-field S.c: is new, @2");
}

TEST_CASE("noticed: a list of values that becomes a list of structs which begin with that value") {
  const std::string before = "struct S { tags @0 :List(Text); }";

  CHECK(only_change(before, "struct S { tags @0 :List(Tag); } struct Tag { name @0 :Text; weight @1 :UInt8; }") ==
        "list-of-structs S.tags: type changed from List(Text) to List(Tag)\nnew-type Tag: is new");
  CHECK(only_change(before, "struct S { tags @0 :List(Tag); } struct Tag { weight @0 :UInt8; name @1 :Text; }")
            .starts_with("field-type S.tags: type changed from List(Text) to List(Tag)"));
  CHECK(only_change("struct S { t @0 :List(Bool); }", "struct S { t @0 :List(T); } struct T { b @0 :Bool; }")
            .starts_with("field-type S.t:"));
}

TEST_CASE("refused: a type of another kind under the same id") {
  CHECK(only_change("struct S @0xd508eebdc2dc42c0 {}", "enum S @0xd508eebdc2dc42c0 { a @0; }") ==
        "kind-changed S: was a struct and is now an enum");
}

TEST_CASE("refused: a field that is gone") {
  CHECK(only_change(kLine, "struct Line { sku @0 :Text; }") == "field-gone Line.quantity: @1 is no longer there");
}

TEST_CASE("refused: a struct that has become smaller, for whatever reason") {
  const SchemaSet now = set_of(kLine);
  SchemaSet before = now;
  capnp::MallocMessageBuilder message;
  kj::Array<capnp::word> words = kj::heapArray<capnp::word>(before.nodes[0].message.size() / 8);
  std::memcpy(words.begin(), before.nodes[0].message.data(), before.nodes[0].message.size());
  message.setRoot(capnp::FlatArrayMessageReader(words).getRoot<capnp::schema::Node>());
  message.getRoot<capnp::schema::Node>().getStruct().setPointerCount(2);
  const auto bytes = capnp::messageToFlatArray(message);
  before.nodes[0].message.resize(bytes.asBytes().size());
  std::memcpy(before.nodes[0].message.data(), bytes.begin(), bytes.asBytes().size());

  CHECK(only(changes(before, now)) == "struct-smaller Line: shrank from 1 words and 2 pointers to 1 and 1");
}

TEST_CASE("refused: a field with another number") {
  CHECK(only_change("struct S { a @0 :Text; b @1 :Text; }", "struct S { a @1 :Text; b @0 :Text; }") ==
        "field-number S.a: number changed from @0 to @1\nfield-number S.b: number changed from @1 to @0");
  CHECK(only_change("struct S { a @0 :Text; b @1 :Text; }", "struct S { a @0 :Text; new @1 :Text; b @2 :Text; }") ==
        "field-number S.b: number changed from @1 to @2");
}

TEST_CASE("refused: a field of another type") {
  CHECK(only_change(kOrder, kLine + "struct Order { lines @0 :Text; total @1 :UInt64; }") ==
        "field-type Order.lines: type changed from List(Line) to Text");
  CHECK(only_change("struct S { a @0 :Text; }", "struct S { a @0 :Data; }") ==
        "field-type S.a: type changed from Text to Data");
  CHECK(only_change("struct S { a @0 :UInt32; }", "struct S { a @0 :Int32; }") ==
        "field-type S.a: type changed from UInt32 to Int32");
  CHECK(only_change("struct S { a @0 :UInt16; }", "struct S { a @0 :E; } enum E { x @0; }") ==
        "field-type S.a: type changed from UInt16 to E\nnew-type E: is new");
  CHECK(only_change("struct S { a @0 :Text; }", "struct S { a @0 :AnyPointer; }") ==
        "field-type S.a: type changed from Text to AnyPointer");
}

TEST_CASE("refused: a field whose struct got another id, with the id to give back") {
  const auto found = changes("struct S { a @0 :Line; } struct Line @0xd508eebdc2dc42c0 { x @0 :Text; }",
                             "struct S { a @0 :Row; } struct Row @0xd508eebdc2dc42c1 { x @0 :Text; }");

  REQUIRE(!found.empty());
  CHECK(found[0].rule == Rule::field_type);
  CHECK(found[0].advice.find("give it its old id: Row @0xd508eebdc2dc42c0") != std::string::npos);
}

TEST_CASE("refused: another default value") {
  CHECK(only_change("struct S { a @0 :UInt32 = 1; }", "struct S { a @0 :UInt32 = 2; }") ==
        "field-default S.a: default value changed");
  CHECK(only_change("struct S { a @0 :Text = \"x\"; }", "struct S { a @0 :Text; }") ==
        "field-default S.a: default value changed");
  CHECK(only_change("struct S { a @0 :List(UInt8) = [1]; }", "struct S { a @0 :List(UInt8) = [1]; }").empty());
}

TEST_CASE("refused: a field that lies elsewhere because one before it changed") {
  CHECK(only_change("struct S { a @0 :UInt32; b @1 :UInt32; c @2 :UInt32; }",
                    "struct S { a @0 :UInt64; b @1 :UInt32; c @2 :UInt32; }")
            .find("field-place S.b: lies elsewhere now") != std::string::npos);
}

TEST_CASE("refused: a field moved into a union that was there, or out of one, or two into a new one") {
  CHECK(only_change("struct S { a @0 :Text; union { b @1 :Text; c @2 :Text; } }",
                    "struct S { union { a @0 :Text; b @1 :Text; c @2 :Text; } }")
            .find("field-union S.a: was moved into a union") != std::string::npos);
  CHECK(only_change("struct S { union { a @0 :Text; b @1 :Text; } }", "struct S { a @0 :Text; b @1 :Text; }")
            .find("field-union S.b: was moved out of its union") != std::string::npos);
  CHECK(only_change("struct S { a @0 :Text; b @1 :Text; }", "struct S { union { a @0 :Text; b @1 :Text; } }")
            .find("field-union S.b: was moved into a union") != std::string::npos);
}

TEST_CASE("refused: an enumerant that is gone or has another number") {
  CHECK(only_change("enum E { a @0; b @1; }", "enum E { a @0; }") == "enumerant-gone E.b: @1 is no longer there");
  CHECK(only_change("enum E { a @0; b @1; }", "enum E { a @0; x @1; b @2; }") ==
        "enumerant-number E.b: number changed from @1 to @2");
}

TEST_CASE("refused: a method that is gone or has another number") {
  CHECK(only_change("interface I { a @0 () -> (); b @1 () -> (); }", "interface I { a @0 () -> (); }") ==
        "method-gone I.b: @1 is no longer there");
  CHECK(only_change("interface I { a @0 () -> (); b @1 () -> (); }", "interface I { b @0 () -> (); a @1 () -> (); }") ==
        "method-number I.a: number changed from @0 to @1\nmethod-number I.b: number changed from @1 to @0");
}

TEST_CASE("refused: a method whose parameters or results are another struct") {
  const std::string types = "struct A { x @0 :Text; } struct B { x @0 :Text; }\n";

  CHECK(only_change(types + "interface I { m @0 A -> A; }", types + "interface I { m @0 B -> A; }") ==
        "method-parameters I.m: the parameters changed from A to B");
  CHECK(only_change(types + "interface I { m @0 A -> A; }", types + "interface I { m @0 A -> B; }") ==
        "method-results I.m: the results changed from A to B");
  CHECK(only_change("interface I { m @0 (x :Text) -> (); }", "interface I { m @0 (x :UInt8) -> (); }")
            .find("field-type I.m(x): type changed from Text to UInt8") != std::string::npos);
}

TEST_CASE("refused: an interface that no longer extends another") {
  CHECK(only_change("interface A {} interface B extends(A) {}", "interface A {} interface B {}") ==
        "superclass-gone B: no longer extends A");
}

TEST_CASE("the worst comes first, and a sentence says where, what, why and what to do") {
  const auto found = changes(kOrder + "enum Z { a @0; }",
                             kLine + "struct Order { lines @0 :Text; sum @1 :UInt64; } enum Z { a @0; b @1; }");

  REQUIRE(found.size() == 3);
  CHECK(found[0].allowance() == Allowance::refused);
  CHECK(found[1].allowance() == Allowance::noticed);
  CHECK(found[2].allowance() == Allowance::allowed);
  CHECK(found[0].sentence() ==
        "Order.lines: type changed from List(Line) to Text: old bytes cannot be read as another type; keep the field "
        "(rename it if it is obsolete) and add one of the new type with the next number");
}

TEST_CASE("bytes that are no schemas are corrupt, not a crash") {
  const SchemaSet good = set_of(kOrder + "enum E { a @0; } interface I { m @0 (u :Order) -> (g :E); }");
  for (std::size_t which = 0; which < good.nodes.size(); ++which) {
    for (std::size_t at = 0; at < good.nodes[which].message.size(); ++at) {
      SchemaSet damaged = good;
      damaged.nodes[which].message[at] ^= std::byte{0xff};
      (void)compare(damaged, good);
      (void)compare(good, damaged);
    }
  }
  SchemaSet mislabelled = good;
  mislabelled.nodes[0].type_id ^= 1;

  CHECK(compare(mislabelled, good).error().kind() == ErrorKind::corrupt);
  mislabelled.nodes[0].message.resize(3);
  CHECK(compare(good, mislabelled).error().kind() == ErrorKind::corrupt);
}

}  // namespace
}  // namespace troupe::reflect

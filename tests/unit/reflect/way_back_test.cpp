// Which programs may go on with what others wrote, in both directions.
#include "reflect/way_back.h"

#include <capnp/message.h>
#include <capnp/schema.capnp.h>
#include <capnp/serialize.h>

#include "schema_texts.h"

namespace troupe::reflect {
namespace {

// "later: 2" for so many sentences about what a later form has more; "refused: ..." for each change that is not
// allowed.
std::string back(const std::string& later, const std::string& earlier) {
  auto found = succession(set_of(later), set_of(earlier));
  REQUIRE(found.ok());
  std::string out;
  for (const auto& sentence : found->refused) out += "refused: " + sentence.substr(0, sentence.find(':')) + "\n";
  if (!found->later_by.empty()) out += "later: " + std::to_string(found->later_by.size());
  return out;
}

TEST_CASE("an earlier program may go on where the later one only added: fields, enumerants, methods, names") {
  CHECK(back("struct S { a @0 :Text; b @1 :Text; g :group { c @2 :Bool; } }", "struct S { a @0 :Text; }") ==
        "later: 2");
  CHECK(back("enum E { a @0; b @1; }", "enum E { a @0; }") == "later: 1");
  CHECK(back("interface I { a @0 (x :Text, y :Text) -> (); b @1 () -> (); }",
             "interface I { a @0 (x :Text) -> (); }") == "later: 2");
  CHECK(back("struct S { z @0 :Text; b @1 :Text; }", "struct S { a @0 :Text; }") == "later: 1");
  CHECK(back("struct S { union { a @0 :Text; b @1 :Text; c @2 :Text; } }",
             "struct S { union { a @0 :Text; b @1 :Text; } }") == "later: 1");
  CHECK(back("struct S { a @0 :Text; }", "struct S { a @0 :Text; }").empty());
}

TEST_CASE("an earlier program may not go on where the later one did more than add, or where both went their own way") {
  CHECK(back("struct S { a @0 :Text; b @1 :Text; }", "struct S { a @0 :Data; }") == "refused: S.a\nrefused: S.b\n");
  CHECK(back("struct S { union { a @0 :Text; b @1 :Text; } }", "struct S { a @0 :Text; }").find("refused: S.a") == 0);
  CHECK(back("struct E { a @0 :Text; } struct S { l @0 :List(E); }", "struct S { l @0 :List(Text); }") ==
        "refused: S.l\n");
  CHECK(back("struct S { a @0 :Text; b @1 :UInt8; c @2 :UInt8; }", "struct S { a @0 :Text; d @1 :Text; }")
            .find("refused: ") == 0);
}

TEST_CASE("one type may be later at the one and another at the other, and each is told by itself") {
  auto found = succession(set_of("struct S { a @0 :Text; g :group { b @1 :Text; } } struct T { a @0 :Text; }"),
                          set_of("struct S { a @0 :Text; } struct T { a @0 :Text; b @1 :Text; }"));

  REQUIRE(found.ok());
  CHECK(found->refused.empty());
  CHECK(found->later.size() == 2);  // S and its group
  REQUIRE(found->later_by.size() == 1);
  CHECK(found->later_by[0].find("S.g.b: @1 is no longer there") == 0);
}

TEST_CASE("a state of a later version is not for an earlier program, nor one that the earlier keeps nothing of") {
  SchemaSet later = set_of("struct S { a @0 :Text; } interface I { m @0 () -> (); }");
  SchemaSet earlier = later;
  later.services = {{1, 2, 3, "I"}};
  earlier.services = {{1, 2, 2, "I"}};
  CHECK(succession(later, earlier)->refused.size() == 1);
  CHECK(succession(earlier, later)->refused.empty());

  earlier.services = {{1, 0, 0, "I"}};
  CHECK(succession(later, earlier)->refused.size() == 1);
}

TEST_CASE("what is said of some services has all that they refer to, rows of their tables too, and no more") {
  SchemaSet all = set_of(
      "struct S { t @0 :List(T); } struct T { e @0 :E; } enum E { a @0; } struct Row { g :group { u @0 :U; } }"
      "struct U { a @0 :Text; } struct Other { a @0 :Text; } interface I { m @0 () -> (); } interface J { m @0 () -> "
      "(); }");
  const auto id_of = [&](const std::string& name) {
    for (const auto& node : all.nodes) {
      capnp::FlatArrayMessageReader reader(kj::arrayPtr(reinterpret_cast<const capnp::word*>(node.message.data()),
                                                        node.message.size() / sizeof(capnp::word)));
      const std::string full = reader.getRoot<capnp::schema::Node>().getDisplayName().cStr();
      if (full.ends_with(":" + name)) return node.type_id;
    }
    return std::uint64_t{0};
  };
  all.services = {{id_of("I"), id_of("S"), 0, "I"}, {id_of("J"), id_of("Other"), 0, "J"}};
  all.tables = {{id_of("I"), "rows", id_of("Row")}, {id_of("J"), "rows", id_of("Other")}};

  auto some = only_of(all, {id_of("I")});

  REQUIRE(some.ok());
  std::set<std::uint64_t> ids;
  for (const auto& node : some->nodes) ids.insert(node.type_id);
  for (const char* name : {"S", "T", "E", "Row", "U", "I"}) CHECK(ids.contains(id_of(name)));
  for (const char* name : {"Other", "J"}) CHECK_FALSE(ids.contains(id_of(name)));
  CHECK(some->services.size() == 1);
  CHECK(some->tables.size() == 1);
  auto again = from_text(to_text(*some));
  REQUIRE(again.ok());
  CHECK(again->tables.size() == 1);
  CHECK(again->tables[0].name == "rows");
  CHECK(only_of(all, {})->nodes.empty());
}

}  // namespace
}  // namespace troupe::reflect

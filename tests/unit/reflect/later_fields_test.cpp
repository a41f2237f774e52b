// What an earlier program keeps of structs that a later one has written: each case has both forms of the schema.
#include "reflect/later_fields.h"

#include <capnp/dynamic.h>
#include <capnp/message.h>
#include <capnp/schema-parser.h>
#include <capnp/serialize-text.h>
#include <doctest/doctest.h>
#include <kj/filesystem.h>

#include <string>

namespace troupe::reflect {
namespace {

// The struct S of a file with that text.
class Form {
 public:
  explicit Form(const std::string& text) {
    const std::string file = "@0xd508eebdc2dc42b8;\n" + text;
    auto directory = kj::newInMemoryDirectory(kj::nullClock());
    directory->openFile(kj::Path("shop.capnp"), kj::WriteMode::CREATE)->writeAll(kj::StringPtr(file.c_str()));
    file_ = parser_.parseFromDirectory(*directory, kj::Path("shop.capnp"), nullptr);
  }
  [[nodiscard]] capnp::StructSchema schema() const { return file_.getNested("S").asStruct(); }

 private:
  capnp::SchemaParser parser_;
  capnp::ParsedSchema file_;
};

// A struct as text, in and out.
class Value {
 public:
  Value(const Form& form, const std::string& text) {
    capnp::TextCodec().decode(kj::StringPtr(text.c_str()), message.initRoot<capnp::DynamicStruct>(form.schema()));
  }
  [[nodiscard]] capnp::AnyPointer::Reader root() { return message.getRoot<capnp::AnyPointer>().asReader(); }
  capnp::MallocMessageBuilder message;
};

std::string text_of(capnp::AnyPointer::Reader root, const Form& form) {
  return capnp::TextCodec().encode(root.getAs<capnp::DynamicStruct>(form.schema())).cStr();
}

// What the later program reads when it wrote `old`, and the earlier then `now`.
std::string kept(const Form& later, const Form& earlier, const std::string& old, const std::string& now) {
  Value was(later, old), is(earlier, now);
  capnp::MallocMessageBuilder out;
  auto done = keep_later_fields(was.root(), is.root(), earlier.schema(), out.getRoot<capnp::AnyPointer>());
  if (!done.ok()) return done.error().what();
  return text_of(*done ? out.getRoot<capnp::AnyPointer>().asReader() : is.root(), later);
}

TEST_CASE("fields that a later program wrote stay when an earlier one makes the struct anew, wherever they lie") {
  const Form earlier("struct S { a @0 :UInt32; t @1 :Text; }");
  const Form later(
      "struct S { a @0 :UInt32; t @1 :Text; padded @2 :UInt16; bit @3 :Bool; wide @4 :UInt64; u @5 :Text; }");

  CHECK(kept(later, earlier, R"((a = 1, t = "x", padded = 7, bit = true, wide = 9, u = "y"))", R"((a = 2, t = "z"))") ==
        R"((a = 2, t = "z", padded = 7, bit = true, wide = 9, u = "y"))");
  CHECK(kept(later, earlier, R"((a = 1, u = "y"))", "()") == R"((a = 0, padded = 0, bit = false, wide = 0, u = "y"))");
}

TEST_CASE("where a later program wrote nothing more, what an earlier one writes is what there is") {
  const Form earlier("struct S { a @0 :UInt32; in @1 :List(E); } struct E { k @0 :UInt8; }");
  const Form later("struct S { a @0 :UInt32; in @1 :List(E); b @2 :Text; } struct E { k @0 :UInt8; l @1 :Text; }");
  Value was(later, "(a = 1, in = [(k = 1)])"), is(earlier, "(a = 2)");
  capnp::MallocMessageBuilder out;

  auto done = keep_later_fields(was.root(), is.root(), earlier.schema(), out.getRoot<capnp::AnyPointer>());

  REQUIRE(done.ok());
  CHECK_FALSE(*done);
  CHECK_FALSE(keep_later_fields({}, is.root(), earlier.schema(), out.getRoot<capnp::AnyPointer>()).value());
}

TEST_CASE("structs within a struct keep theirs, in groups and unions too, and what is taken away goes as a whole") {
  const Form earlier(
      "struct S { in @0 :T; g :group { at @1 :T; } union { none @2 :Void; one @3 :T; } } struct T { k @0 :UInt8; }");
  const Form later(
      "struct S { in @0 :T; g :group { at @1 :T; } union { none @2 :Void; one @3 :T; } }"
      "struct T { k @0 :UInt8; l @1 :Text; }");
  const std::string old = R"((in = (k = 1, l = "x"), g = (at = (k = 2, l = "y")), one = (k = 3, l = "z")))";

  CHECK(kept(later, earlier, old, "(in = (k = 4), g = (at = (k = 5)), one = (k = 6))") ==
        R"((in = (k = 4, l = "x"), g = (at = (k = 5, l = "y")), one = (k = 6, l = "z")))");
  CHECK(kept(later, earlier, old, "(g = (at = (k = 5)), none = void)") ==
        R"((g = (at = (k = 5, l = "y")), none = void))");
}

TEST_CASE("elements of a list that are there still keep theirs, wherever they stand and whatever was added") {
  const Form earlier("struct S { in @0 :List(E); } struct E { k @0 :UInt8; t @1 :Text; }");
  const Form later("struct S { in @0 :List(E); } struct E { k @0 :UInt8; t @1 :Text; l @2 :UInt8; u @3 :Text; }");
  const std::string old = R"((in = [(k = 1, t = "a", l = 9, u = "x"), (k = 2, t = "b"), (k = 3, t = "c", u = "z")]))";

  CHECK(kept(later, earlier, old, R"((in = [(k = 3, t = "c"), (k = 7), (k = 2, t = "b"), (k = 1, t = "a")]))") ==
        R"((in = [(k = 3, t = "c", l = 0, u = "z"), (k = 7, l = 0), (k = 2, t = "b", l = 0), )"
        R"((k = 1, t = "a", l = 9, u = "x")]))");
  CHECK(kept(later, earlier, old, R"((in = [(k = 2, t = "b")]))") == R"((in = [(k = 2, t = "b", l = 0)]))");
  CHECK(kept(later, earlier, old, R"((in = [(k = 1, t = "a"), (k = 6, t = "b"), (k = 3, t = "c")]))") ==
        R"((in = [(k = 1, t = "a", l = 9, u = "x"), (k = 6, t = "b", l = 0), (k = 3, t = "c", l = 0, u = "z")]))");
}

TEST_CASE("a changed element that a later program wrote more into is an error, which names the list") {
  const Form earlier("struct S { in @0 :List(E); } struct E { k @0 :UInt8; }");
  const Form later("struct S { in @0 :List(E); } struct E { k @0 :UInt8; l @1 :Text; }");

  const std::string told = kept(later, earlier, R"((in = [(k = 1, l = "x"), (k = 2)]))", "(in = [(k = 5), (k = 2)])");

  CHECK(told.find("unimplemented") == 0);
  CHECK(told.find("S: a later program wrote more into an element of the list in") != std::string::npos);
}

TEST_CASE("a struct that was copied as a whole has its own, and not what another had in its place") {
  const Form earlier("struct S { in @0 :T; } struct T { k @0 :UInt8; }");
  const Form later("struct S { in @0 :T; } struct T { k @0 :UInt8; l @1 :Text; m @2 :UInt8; }");
  Value was(later, R"((in = (k = 1, l = "x", m = 3)))"), is(later, R"((in = (k = 2, m = 4)))");
  capnp::MallocMessageBuilder out;

  REQUIRE(keep_later_fields(was.root(), is.root(), earlier.schema(), out.getRoot<capnp::AnyPointer>()).value());

  CHECK(text_of(out.getRoot<capnp::AnyPointer>().asReader(), later) == "(in = (k = 2, m = 4))");
}

}  // namespace
}  // namespace troupe::reflect

// Messages of another shape than their schema's are found before anybody reads them.
#include <doctest/doctest.h>

#include <capnp/message.h>

#include <functional>
#include <string>

#include "json_shapes.capnp.h"
#include "troupe/shape.h"

namespace {

const troupe::Shape& shape() {
  static const troupe::Shape of_shapes{capnp::Schema::from<Shapes>()};
  return of_shapes;
}

// Where in Shapes the pointers are.
enum Pointer : unsigned { name, blob, at, path, words, grid, card, street, anything, inner, next, count };

// What is found in a Shapes whose pointers `fill` sets as it likes.
std::string misfit(
    const std::function<void(capnp::AnyStruct::Builder, capnp::List<capnp::AnyPointer>::Builder)>& fill) {
  capnp::MallocMessageBuilder message;
  auto root = message.getRoot<capnp::AnyPointer>().initAsAnyStruct(8, Pointer::count);
  fill(root, root.getPointerSection());
  auto fits = shape().fits(message.getRoot<capnp::AnyPointer>().asReader());
  return fits.ok() ? "" : fits.error().message();
}

std::string misfit(unsigned pointer, const std::function<void(capnp::AnyPointer::Builder)>& fill) {
  return misfit([&](capnp::AnyStruct::Builder, auto pointers) { fill(pointers[pointer]); });
}

bool names(const std::string& message, const std::string& field) {
  return message.find("in its field " + field + ":") != std::string::npos;
}

}  // namespace

TEST_CASE("what the schema's own code built fits") {
  capnp::MallocMessageBuilder message;
  auto built = message.initRoot<Shapes>();
  built.setName("n");
  built.setBlob(kj::heapArray<capnp::byte>(3));
  built.initAt().setX(1);
  built.initPath(3)[2].setY(2);
  built.initWords(2).set(1, "w");
  built.initGrid(2).init(1, 5);
  built.setCard("visa");
  built.initPlace().setStreet("s");
  built.initAnything().setAs<capnp::Text>("x");
  built.initNext(2)[1].initInner().setName("deep");

  CHECK(shape().fits(message.getRoot<capnp::AnyPointer>().asReader()).ok());
}

TEST_CASE("nothing, and a struct of an earlier or a later schema, fit") {
  capnp::MallocMessageBuilder empty, small, large;
  small.getRoot<capnp::AnyPointer>().initAsAnyStruct(0, 0);
  auto pointers = large.getRoot<capnp::AnyPointer>().initAsAnyStruct(100, 100).getPointerSection();
  pointers[99].initAs<capnp::Data>(5);

  for (auto* message : {&empty, &small, &large})
    CHECK(shape().fits(message->getRoot<capnp::AnyPointer>().asReader()).ok());
}

TEST_CASE("a list where the message belongs does not fit") {
  capnp::MallocMessageBuilder message;
  message.getRoot<capnp::AnyPointer>().initAs<capnp::List<std::uint64_t>>(2);

  CHECK_FALSE(shape().fits(message.getRoot<capnp::AnyPointer>().asReader()).ok());
}

TEST_CASE("each pointer that is of another kind is found, and its field named") {
  const auto numbers = [](capnp::AnyPointer::Builder p) { p.initAs<capnp::List<std::uint64_t>>(2); };
  const auto structure = [](capnp::AnyPointer::Builder p) { p.initAsAnyStruct(1, 1); };
  const auto bits = [](capnp::AnyPointer::Builder p) { p.initAs<capnp::List<bool>>(2); };
  const auto unended = [](capnp::AnyPointer::Builder p) { p.initAs<capnp::Data>(2)[1] = 'x'; };

  CHECK(names(misfit(name, structure), "name"));
  CHECK(names(misfit(name, unended), "name"));
  CHECK(names(misfit(blob, structure), "blob"));
  CHECK(names(misfit(at, numbers), "at"));
  CHECK(names(misfit(path, structure), "path"));
  CHECK(names(misfit(path, bits), "path"));
  CHECK(names(misfit(words, numbers), "words"));
  CHECK(names(misfit(grid, numbers), "grid"));
  CHECK(names(misfit(street, structure), "street"));
  CHECK(names(misfit(inner, numbers), "inner"));
  CHECK(names(misfit(next, bits), "next"));
  CHECK(misfit(anything, numbers).empty());
}

TEST_CASE("what is wrong within a struct, a list of them or a list of lists is found too") {
  CHECK(names(misfit(inner,
                     [](capnp::AnyPointer::Builder p) {
                       p.initAsAnyStruct(8, Pointer::count).getPointerSection()[name].initAsAnyStruct(1, 0);
                     }),
              "inner.name"));
  CHECK(names(misfit(next,
                     [](capnp::AnyPointer::Builder p) {
                       auto list = p.initAsListOfAnyStruct(8, Pointer::count, 2);
                       list[1].getPointerSection()[at].initAs<capnp::Data>(9);
                     }),
              "next.at"));
  CHECK(names(misfit(grid,
                     [](capnp::AnyPointer::Builder p) {
                       p.initAs<capnp::List<capnp::Text>>(2).set(1, "a text is a list of bytes, and numbers are wider");
                     }),
              "grid"));
}

TEST_CASE("only the member that a union has is looked at") {
  const auto with = [](std::uint16_t which) {
    return misfit([which](capnp::AnyStruct::Builder root, auto pointers) {
      pointers[card].initAsAnyStruct(1, 0);
      auto data = root.getDataSection();
      const auto offset = capnp::Schema::from<Shapes>().getProto().getStruct().getDiscriminantOffset() * 2;
      data[offset] = static_cast<capnp::byte>(which);
    });
  };

  CHECK(with(0).empty());
  CHECK(names(with(1), "card"));
  CHECK(with(2).empty());
}

TEST_CASE("lists that became lists of structs are still read") {
  CHECK(misfit(path, [](capnp::AnyPointer::Builder p) { p.initAs<capnp::List<std::int32_t>>(3); }).empty());
  CHECK(misfit(words, [](capnp::AnyPointer::Builder p) {
          auto list = p.initAsListOfAnyStruct(0, 1, 2);
          list[0].getPointerSection()[0].setAs<capnp::Text>("w");
        }).empty());
}

TEST_CASE("a list that says it has more elements without content than a message may have does not fit") {
  CHECK(misfit(path, [](capnp::AnyPointer::Builder p) { p.initAsListOfAnyStruct(0, 0, 65'536); }).empty());
  CHECK(names(misfit(path, [](capnp::AnyPointer::Builder p) { p.initAsListOfAnyStruct(0, 0, 65'537); }), "path"));
}

// What is flattened can be read back, however small it is and whatever it claims.
#include "actor/flat_state.h"

#include <capnp/message.h>
#include <doctest/doctest.h>

#include <span>

using namespace troupe;
using namespace troupe::actor;

namespace {

// A struct of one pointer, which `fill` sets.
template <class Fill>
bool flattens(Fill&& fill) {
  capnp::MallocMessageBuilder message;
  fill(message.initRoot<capnp::AnyPointer>().initAsAnyStruct(0, 1).getPointerSection()[0]);
  auto flat = flatten(message.getRoot<capnp::AnyPointer>().asReader());
  if (flat.ok()) CHECK(readable(std::as_bytes(std::span(*flat))));
  return flat.ok();
}

void nest(capnp::AnyPointer::Builder pointer, int levels) {
  if (levels > 0) nest(pointer.initAsAnyStruct(0, 1).getPointerSection()[0], levels - 1);
}

}  // namespace

TEST_CASE("lists whose elements have no content are flattened whatever their length, and can be read back") {
  for (const unsigned count : {0u, 1u, 1u << 28}) {
    CAPTURE(count);
    CHECK(flattens([&](auto pointer) { pointer.initAsAnyList(capnp::ElementSize::VOID, count); }));
    CHECK(flattens([&](auto pointer) { pointer.initAsListOfAnyStruct(0, 0, count); }));
  }
}

TEST_CASE("structs are nested as deep as they may be, and no deeper") {
  int deepest = 0;
  while (deepest < 1000 && flattens([&](auto pointer) { nest(pointer, deepest); })) ++deepest;

  CHECK(deepest > kMaxStateDepth / 2);
  CHECK(deepest <= kMaxStateDepth);
}

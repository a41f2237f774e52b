// Bytes from outside as the JSON of a request: they are refused, or become a struct that is told as JSON which becomes
// the same again. The struct is a node of a schema: it has unions, groups, lists, and types that hold themselves.
#include <capnp/message.h>
#include <capnp/schema.capnp.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "gateway/base64.h"
#include "gateway/json_shape.h"

using namespace troupe;
using namespace troupe::gateway;

namespace {

const JsonShape& shape() {
  static JsonShapes shapes;
  static const JsonShape& made = shapes.of(capnp::Schema::from<capnp::schema::Node>());
  return made;
}

// Whether it was taken; then `out` is what is told of it.
bool told(std::string_view json, std::string& out) {
  capnp::MallocMessageBuilder message;
  auto root = message.initRoot<capnp::DynamicStruct>(capnp::Schema::from<capnp::schema::Node>());
  if (!shape().read(json, root).ok()) return false;
  out.clear();
  shape().write(root.asReader(), out);
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string first, second;
  if (told(text, first))
    if (!told(first, second) || first != second) std::abort();
  for (const Base64 kind : {Base64::standard, Base64::url})
    if (const auto bytes = from_base64(text, kind)) {
      const std::string again = base64(*bytes, kind);
      if (from_base64(again, kind) != bytes) std::abort();
    }
  capnp::MallocMessageBuilder message;
  auto root = message.initRoot<capnp::DynamicStruct>(capnp::Schema::from<capnp::schema::Node>());
  for (auto field : root.getSchema().getFields())
    if (field.getProto().isSlot()) (void)read_word(text, field, root);
  return 0;
}

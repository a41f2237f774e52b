#include "gateway/streams/event_shapes.h"

#include <capnp/dynamic.h>
#include <capnp/serialize.h>
#include <kj/exception.h>

#include <cstring>

namespace troupe::gateway {

void EventShapes::add(capnp::StructSchema schema) {
  known_.try_emplace(schema.getProto().getId(), Known{schema, Shape(schema), &shapes_.of(schema)});
}

std::optional<std::string> EventShapes::members_of(topic::Event::Reader event) const {
  const auto known = known_.find(event.getSchema());
  if (known == known_.end()) return std::nullopt;
  const auto bytes = event.getPayload();
  // Where it lies in a message it need not be aligned.
  auto words = kj::heapArray<capnp::word>(bytes.size() / sizeof(capnp::word));
  std::memcpy(words.begin(), bytes.begin(), words.size() * sizeof(capnp::word));
  std::string out = "\"type\":";
  write_json_text({event.getType().cStr(), event.getType().size()}, out);
  out += ",\"key\":";
  write_json_text({event.getKey().cStr(), event.getKey().size()}, out);
  out += ",\"timeMs\":" + std::to_string(event.getTimeMs()) + ",\"event\":";
  try {
    capnp::FlatArrayMessageReader message(words);
    if (!known->second.shape.fits(message.getRoot<capnp::AnyPointer>()).ok()) return std::nullopt;
    known->second.json->write(message.getRoot<capnp::DynamicStruct>(known->second.schema), out);
  } catch (const kj::Exception&) {
    return std::nullopt;
  }
  return out;
}

}  // namespace troupe::gateway

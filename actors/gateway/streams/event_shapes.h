// Events of a topic as JSON, by the structs that their payloads are. Filled before streams start, then read.
#pragma once

#include <capnp/schema.h>

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "gateway/json_shape.h"
#include "topic/topic.capnp.troupe.h"
#include "troupe/shape.h"

namespace troupe::gateway {

class EventShapes {
 public:
  // Events of other structs, and plain bytes, are shown to nobody.
  void add(capnp::StructSchema schema);
  [[nodiscard]] bool empty() const noexcept { return known_.empty(); }

  // "type":"OrderPlaced","key":"o-1","timeMs":1,"event":{...} without braces around it. Nothing: it is shown to nobody,
  // or its payload cannot be read.
  [[nodiscard]] std::optional<std::string> members_of(topic::Event::Reader event) const;

 private:
  struct Known {
    capnp::StructSchema schema;
    Shape shape;
    const JsonShape* json;
  };
  JsonShapes shapes_;
  std::map<std::uint64_t, Known> known_;
};

}  // namespace troupe::gateway

// The types of an OpenAPI document: those of Cap'n Proto as JSON Schema, each struct and enum once and by name.
#pragma once

#include <capnp/schema.h>

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "gateway/json_shape.h"
#include "troupe/service.h"

namespace troupe::gateway {

using OrderedJson = nlohmann::ordered_json;

class ApiTypes {
 public:
  // Whose comments are shown from now on; null: nobody's.
  void comments_of(const ServiceInfo* service) noexcept { service_ = service; }
  // Of a type, or of its member of that number; empty: it has none.
  [[nodiscard]] std::string comment(std::uint64_t type, std::int32_t member = -1) const;
  [[nodiscard]] std::string comment(capnp::Schema schema) const { return comment(schema.getProto().getId()); }
  [[nodiscard]] std::string comment(capnp::StructSchema schema, capnp::StructSchema::Field field) const {
    return comment(schema.getProto().getId(), static_cast<std::int32_t>(field.getIndex()));
  }

  // `inner`: of the struct that it is, or a list of.
  [[nodiscard]] OrderedJson of(capnp::Type type, const JsonShape* inner);
  // `told`: of an answer, where everything is there; of a request what is required has to be.
  [[nodiscard]] OrderedJson object(capnp::StructSchema schema, const JsonShape& shape, bool told);
  // What a field is without being given, where that says something.
  [[nodiscard]] static OrderedJson with_default(capnp::StructSchema::Field field, OrderedJson schema);
  // An event of a stream, which is one of these structs, by that name.
  [[nodiscard]] OrderedJson event(const std::string& name, const std::vector<capnp::StructSchema>& events);

  [[nodiscard]] static OrderedJson reference(const std::string& name) {
    return {{"$ref", "#/components/schemas/" + name}};
  }
  // Those that have a name.
  [[nodiscard]] OrderedJson all() &&;

 private:
  std::string component(capnp::StructSchema schema, const JsonShape& shape);
  std::string component(capnp::EnumSchema schema);
  // Its own, or, where another type has that, with its id; and whether it is asked for the first time.
  std::pair<std::string, bool> name_for(capnp::Schema schema);

  const ServiceInfo* service_ = nullptr;
  JsonShapes shapes_;  // of events
  std::map<std::string, OrderedJson> schemas_;
  std::map<std::uint64_t, std::string> names_;
};

}  // namespace troupe::gateway

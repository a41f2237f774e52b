// The text of the generated files. The model was checked: emitting cannot fail.
#pragma once

#include <string>

#include "model.h"

namespace troupe::schema {

// "stock.capnp.troupe.h": the actor base classes and the references.
[[nodiscard]] std::string emit_header(const SchemaFile& file);
// "stock.capnp.troupe.c++": dispatch and the tables that describe each service.
[[nodiscard]] std::string emit_source(const SchemaFile& file);

// "sub/stock.capnp" -> "stock.capnp"
[[nodiscard]] std::string base_name(const std::string& filename);

}  // namespace troupe::schema

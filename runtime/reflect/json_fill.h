// Parsed JSON into a struct, by its schema: every misfit is an Error that names its path.
#pragma once

#include <capnp/dynamic.h>

#include <nlohmann/json_fwd.hpp>

#include "troupe/error.h"

namespace troupe::reflect {

[[nodiscard]] Result<void> fill(const nlohmann::json& value, capnp::DynamicStruct::Builder into);

}  // namespace troupe::reflect

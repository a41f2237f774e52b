// Which fields a schema calls $Troupe.secret, and JSON with *** in their place. Pure; any thread.
#pragma once

#include <capnp/compat/json.h>
#include <capnp/schema.h>

namespace troupe::reflect {

inline constexpr const char* kMask = "***";

[[nodiscard]] bool is_secret(capnp::StructSchema::Field field);

// `value` is what capnp::JsonCodec makes of a `schema` struct. Whether a secret is set can be seen, and no more: what a
// message has no value for is left out as it was.
void mask_secrets(capnp::StructSchema schema, capnp::JsonValue::Builder value);

}  // namespace troupe::reflect

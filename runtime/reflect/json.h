// JSON <-> Cap'n Proto, by schema alone: what the debug tool and the admin API speak.
//
// Writing follows Cap'n Proto's own convention (capnp::JsonCodec): fields by name, 64-bit integers as strings, enums
// by name, Data as numbers. Reading accepts that and also plain numbers for 64-bit integers, and is strict: whatever
// does not fit the schema is `invalid`, with a message that names the place. No exception leaves these functions.
//
// What a schema calls $Troupe.secret is written as "***", and no message quotes it: what the runtime writes of messages
// and states is for people. Programs that need the value ask for Secrets::shown.
// Pure; any thread.
#pragma once

#include <capnp/any.h>
#include <capnp/dynamic.h>
#include <capnp/schema.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "troupe/error.h"

namespace troupe::reflect {

inline constexpr std::size_t kMaxJsonBytes = std::size_t{8} << 20;
inline constexpr int kMaxJsonDepth = 64;

// Fills a struct. An empty or blank text stands for {}. `invalid`: not JSON (with line and column), not an object, an
// unknown field (the known ones are listed), a value of the wrong type or out of range (with its path), too deep, or
// too long. After an error `into` holds part of the fields.
[[nodiscard]] Result<void> from_json(std::string_view json, capnp::DynamicStruct::Builder into);
// The same for a message that is still empty: `into` becomes a `schema` struct.
[[nodiscard]] Result<void> from_json(std::string_view json, capnp::StructSchema schema,
                                     capnp::AnyPointer::Builder into);

enum class Secrets : std::uint8_t { masked, shown };

// `corrupt` when the message cannot be read as `schema`. A null pointer gives the defaults. Untyped pointers
// are written as null; bytes of a text that are no UTF-8, as U+FFFD.
[[nodiscard]] Result<std::string> to_json(capnp::DynamicStruct::Reader value, bool pretty = false,
                                          Secrets secrets = Secrets::masked);
[[nodiscard]] Result<std::string> to_json(capnp::StructSchema schema, capnp::AnyPointer::Reader value,
                                          bool pretty = false, Secrets secrets = Secrets::masked);

// "(order :Text, quantity :UInt32)": the fields of a struct for people.
[[nodiscard]] std::string describe(capnp::StructSchema schema);

}  // namespace troupe::reflect

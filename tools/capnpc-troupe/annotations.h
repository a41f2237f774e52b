// The ids of troupe/service.capnp. They never change: schemas in the field carry them.
#pragma once

#include <capnp/schema.capnp.h>

#include <cstdint>
#include <optional>

namespace troupe::schema {

inline constexpr std::uint64_t kActor = 0xc6760b627ad00a8f;
inline constexpr std::uint64_t kReadOnly = 0xe37370e288dfac8e;
inline constexpr std::uint64_t kReentrant = 0x839938347ab000c8;
inline constexpr std::uint64_t kTimeout = 0xcabbf57779c2df49;
inline constexpr std::uint64_t kRetry = 0xa274d3c489bb69a9;
inline constexpr std::uint64_t kHttp = 0x957e3f83b65eceb0;
inline constexpr std::uint64_t kAuth = 0xe8ae82570bc74bdf;

using Annotations = capnp::List<capnp::schema::Annotation>::Reader;

[[nodiscard]] inline std::optional<capnp::schema::Value::Reader> annotation_value(Annotations annotations,
                                                                                  std::uint64_t id) {
  for (auto annotation : annotations)
    if (annotation.getId() == id) return annotation.getValue();
  return std::nullopt;
}

}  // namespace troupe::schema

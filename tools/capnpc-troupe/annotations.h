// The ids of troupe/service.capnp, http.capnp and auth.capnp. They never change: schemas in the field carry them.
#pragma once

#include <capnp/schema.capnp.h>

#include <cstdint>
#include <optional>
#include <string>

namespace troupe::schema {

inline constexpr std::uint64_t kActor = 0xc6760b627ad00a8f;
inline constexpr std::uint64_t kReadOnly = 0xe37370e288dfac8e;
inline constexpr std::uint64_t kReentrant = 0x839938347ab000c8;
inline constexpr std::uint64_t kTimeout = 0xcabbf57779c2df49;
inline constexpr std::uint64_t kRetry = 0xa274d3c489bb69a9;
inline constexpr std::uint64_t kFormerHttp = 0x957e3f83b65eceb0;
inline constexpr std::uint64_t kFormerAuth = 0xe8ae82570bc74bdf;
inline constexpr std::uint64_t kSecret = 0x8d3c5b7a9e1f2046;

inline constexpr std::uint64_t kHttpGet = 0xd3e0a0a3d2a41f61;
inline constexpr std::uint64_t kHttpPost = 0xa6b1d5c0a7d0c2e9;
inline constexpr std::uint64_t kHttpPut = 0xc58bd5c3e98a3c15;
inline constexpr std::uint64_t kHttpPatch = 0xf0b9c8d1c1a2c4d7;
inline constexpr std::uint64_t kHttpDelete = 0x97e9a7c6f1b2d3a5;
inline constexpr std::uint64_t kHttpKey = 0xe2d7b4c1a3958f6b;
inline constexpr std::uint64_t kHttpActor = 0x8c3f5e2a9d7b1640;
inline constexpr std::uint64_t kHttpOwn = 0xb7a6958473625140;
inline constexpr std::uint64_t kHttpFresh = 0x9f8e7d6c5b4a3928;
inline constexpr std::uint64_t kHttpBody = 0xd9c8b7a695847362;
inline constexpr std::uint64_t kHttpName = 0xe1f2a3b4c5d6e7f8;
inline constexpr std::uint64_t kHttpQuery = 0xc2b3a4958677f8e9;
inline constexpr std::uint64_t kHttpHeader = 0xf3e2d1c0bfae9d8c;
inline constexpr std::uint64_t kHttpRequired = 0xa9b8c7d6e5f40312;
inline constexpr std::uint64_t kHttpStatus = 0xb5c4d3e2f1a0918f;
inline constexpr std::uint64_t kHttpLocation = 0xd1e2f3a4b5c6d7e8;
inline constexpr std::uint64_t kHttpVersion = 0xc9d8e7f6a5b4c3d2;
inline constexpr std::uint64_t kHttpDeprecated = 0xe5d4c3b2a1f0e9d8;
inline constexpr std::uint64_t kHttpBytes = 0x8d4c2b1a09f8e7d6;
inline constexpr std::uint64_t kHttpIdempotencyKey = 0x9b8a7f6e5d4c3b2a;
inline constexpr std::uint64_t kHttpLimit = 0xf8881760056795b5;

inline constexpr std::uint64_t kAuthPublic = 0xc1d2e3f4a5b6c7d8;
inline constexpr std::uint64_t kAuthUser = 0xb2c3d4e5f6a7b8c9;
inline constexpr std::uint64_t kAuthRole = 0xd3e4f5a6b7c8d9ea;
inline constexpr std::uint64_t kAuthSelf = 0xe4f5a6b7c8d9eafb;
inline constexpr std::uint64_t kAuthScope = 0xa5b6c7d8e9fa0b1c;

using Annotations = capnp::List<capnp::schema::Annotation>::Reader;

[[nodiscard]] inline std::optional<capnp::schema::Value::Reader> annotation_value(Annotations annotations,
                                                                                  std::uint64_t id) {
  for (auto annotation : annotations)
    if (annotation.getId() == id) return annotation.getValue();
  return std::nullopt;
}
[[nodiscard]] inline bool says(Annotations annotations, std::uint64_t id) {
  return annotation_value(annotations, id).has_value();
}
[[nodiscard]] inline std::string text_of(Annotations annotations, std::uint64_t id) {
  const auto value = annotation_value(annotations, id);
  return value ? std::string(value->getText()) : std::string();
}

}  // namespace troupe::schema

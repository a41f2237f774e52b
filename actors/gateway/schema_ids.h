// The ids of the annotations in troupe/http.capnp that fields have, and those of methods that the gateway alone looks
// at. They never change.
#pragma once

#include <cstdint>

namespace troupe::gateway {

inline constexpr std::uint64_t kHttpName = 0xe1f2a3b4c5d6e7f8;
inline constexpr std::uint64_t kHttpQuery = 0xc2b3a4958677f8e9;
inline constexpr std::uint64_t kHttpHeader = 0xf3e2d1c0bfae9d8c;
inline constexpr std::uint64_t kHttpRequired = 0xa9b8c7d6e5f40312;
inline constexpr std::uint64_t kHttpBytes = 0x8d4c2b1a09f8e7d6;
inline constexpr std::uint64_t kHttpIdempotencyKey = 0x9b8a7f6e5d4c3b2a;
inline constexpr std::uint64_t kHttpLimit = 0xf8881760056795b5;

}  // namespace troupe::gateway

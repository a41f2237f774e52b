// The ids of the annotations in troupe/http.capnp that fields have. They never change.
#pragma once

#include <cstdint>

namespace troupe::gateway {

inline constexpr std::uint64_t kHttpName = 0xe1f2a3b4c5d6e7f8;
inline constexpr std::uint64_t kHttpQuery = 0xc2b3a4958677f8e9;
inline constexpr std::uint64_t kHttpHeader = 0xf3e2d1c0bfae9d8c;
inline constexpr std::uint64_t kHttpRequired = 0xa9b8c7d6e5f40312;

}  // namespace troupe::gateway

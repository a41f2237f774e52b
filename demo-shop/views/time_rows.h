// Keys of rows in the order of time, and their bytes.
#pragma once

#include <capnp/blob.h>

#include <cstdint>
#include <string>

namespace demo {

// The number's bytes, the highest first, then the order's id.
inline std::string time_row(std::uint64_t ms, const std::string& order) {
  std::string row;
  for (int shift = 56; shift >= 0; shift -= 8) row.push_back(static_cast<char>((ms >> shift) & 0xff));
  return row + order;
}

inline capnp::Data::Reader to_data(const std::string& text) {
  return {reinterpret_cast<const capnp::byte*>(text.data()), text.size()};
}

inline std::string to_string(capnp::Data::Reader bytes) {
  return {reinterpret_cast<const char*>(bytes.begin()), bytes.size()};
}

}  // namespace demo

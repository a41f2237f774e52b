// A 64-bit checksum of bytes, several bytes a cycle: against bits that changed, not against an adversary.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace troupe::store {

// The length counts too. `seed`: chains the checksums of two pieces into one.
[[nodiscard]] std::uint64_t checksum(std::span<const std::byte> bytes, std::uint64_t seed = 0) noexcept;

// Of a header that ends with its checksum: of all before that.
template <class Header>
[[nodiscard]] std::uint64_t checksum_of_header(const Header& header) noexcept {
  return checksum(std::as_bytes(std::span(&header, 1)).first(sizeof(Header) - sizeof(std::uint64_t)));
}

}  // namespace troupe::store

// What one order may hold: carts, products and orders refuse more.
#pragma once

#include <cstddef>
#include <cstdint>

namespace demo {

inline constexpr std::size_t kMostLines = 100;
inline constexpr std::uint32_t kMostOfOne = 1'000;
// Keeps every total of an order far inside 64 bits.
inline constexpr std::uint64_t kHighestPriceCents = 1'000'000'000;
inline constexpr std::size_t kLongestAddress = 500;

}  // namespace demo

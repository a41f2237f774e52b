// Four lanes, so that no step waits for the multiplication before it; each folds 16 bytes at a time.
#include "store/format/checksum.h"

#include <array>
#include <cstring>

#include "troupe/ids.h"

namespace troupe::store {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::array<std::uint64_t, 4> kLanes = {0xa0761d6478bd642fULL, 0xe7037ed1a0b428dbULL, 0x8ebc6af09c88c6e3ULL,
                                                 0x589965cc75374cc3ULL};

std::uint64_t fold(std::uint64_t a, std::uint64_t b) noexcept {
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint64_t word(const std::byte* at) noexcept {
  std::uint64_t value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

}  // namespace

std::uint64_t checksum(std::span<const std::byte> bytes, std::uint64_t seed) noexcept {
  constexpr std::size_t kStep = 16 * kLanes.size();
  std::array<std::uint64_t, 4> lanes = kLanes;
  for (std::uint64_t& lane : lanes) lane ^= seed;
  const std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= kStep; at += kStep, left -= kStep)
    for (std::size_t i = 0; i < lanes.size(); ++i)
      lanes[i] = fold(word(at + 16 * i) ^ kLanes[i], word(at + 16 * i + 8) ^ lanes[i]);
  std::array<std::byte, kStep> rest{};
  if (left != 0) std::memcpy(rest.data(), at, left);
  std::uint64_t sum = mix(bytes.size() ^ seed);
  for (std::size_t i = 0; i < lanes.size(); ++i)
    sum = mix(sum ^ fold(word(rest.data() + 16 * i) ^ kLanes[i], word(rest.data() + 16 * i + 8) ^ lanes[i]));
  return sum;
}

}  // namespace troupe::store

#include "troupe/ids.h"

#include <cstring>

namespace troupe {

RequestId RequestId::child(std::uint64_t ordinal) const noexcept {
  const std::uint64_t step = mix(ordinal + 0x9e3779b97f4a7c15ULL);
  return {mix(hi ^ step), mix(lo + step + (hi << 1))};
}

std::string RequestId::text() const {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out(32, '0');
  for (int i = 0; i < 16; ++i) {
    out[15 - i] = kDigits[(hi >> (4 * i)) & 15];
    out[31 - i] = kDigits[(lo >> (4 * i)) & 15];
  }
  return out;
}

std::uint64_t stable_hash(std::string_view bytes, std::uint64_t seed) noexcept {
  std::uint64_t h = mix(seed ^ (0x9e3779b97f4a7c15ULL * (bytes.size() + 1)));
  while (bytes.size() >= 8) {
    std::uint64_t w;
    std::memcpy(&w, bytes.data(), 8);
    h = mix(h ^ w) + 0x9e3779b97f4a7c15ULL;
    bytes.remove_prefix(8);
  }
  std::uint64_t tail = 0;
  std::memcpy(&tail, bytes.data(), bytes.size());
  return mix(h ^ tail);
}

}  // namespace troupe

// Times by the logarithm of their length, to 1/16; any number of threads may note one.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstdint>

namespace troupe::bench {

class Histogram {
 public:
  void note(std::chrono::nanoseconds time) noexcept {
    const auto ns = static_cast<std::uint64_t>(time.count() > 0 ? time.count() : 0);
    counts_[place_of(ns)].fetch_add(1, std::memory_order_relaxed);
  }
  // The time that `share` of all notes do not exceed; 0 when there are none. Not while others note.
  [[nodiscard]] std::chrono::nanoseconds quantile(double share) const noexcept {
    std::uint64_t all = 0;
    for (const auto& count : counts_) all += count.load(std::memory_order_relaxed);
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < kPlaces; ++i) {
      below += counts_[i].load(std::memory_order_relaxed);
      if (all > 0 && static_cast<double>(below) >= share * static_cast<double>(all)) return top_of(i);
    }
    return {};
  }

 private:
  static constexpr unsigned kParts = 16;
  static constexpr std::size_t kPlaces = 64 * kParts;

  static std::size_t place_of(std::uint64_t ns) noexcept {
    if (ns < kParts) return ns;
    const unsigned power = std::bit_width(ns) - 1;  // 4 and up
    return (power - 3) * kParts + ((ns >> (power - 4)) & (kParts - 1));
  }
  static std::chrono::nanoseconds top_of(std::size_t place) noexcept {
    if (place < kParts) return std::chrono::nanoseconds(place);
    const auto power = static_cast<unsigned>(place / kParts + 3);
    const std::uint64_t step = std::uint64_t{1} << (power - 4);
    return std::chrono::nanoseconds((kParts + place % kParts + 1) * step - 1);
  }

  std::array<std::atomic<std::uint64_t>, kPlaces> counts_{};
};

}  // namespace troupe::bench

// What the tills of a story wrote down, against what its callers were told: nothing is missing, nothing is there twice.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "crash/storm/books.h"

namespace troupe::sim {

inline constexpr int kTills = 6;
// Which tills have a reminder that rings again and again, and whom it pays.
inline constexpr int kPulsing = 2;
[[nodiscard]] constexpr int pulse_receiver(int till) noexcept { return (till + 1) % kTills; }

struct WrittenRow {
  std::string peer;
  std::string text;
  std::int64_t amount = 0;
  std::uint32_t times = 0;
};
using WrittenRows = std::map<std::string, WrittenRow>;

struct WrittenTill {
  std::int64_t balance = 0;
  std::uint64_t pulses = 0;
  WrittenRows sent, received, alarms, notes, faults;
};

// One line for each thing that is wrong; empty: the books balance.
[[nodiscard]] std::vector<std::string> compare(const storm::Books& told, const std::vector<WrittenTill>& tills);

}  // namespace troupe::sim

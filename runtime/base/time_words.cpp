#include "base/time_words.h"

#include <utility>

namespace troupe {

std::string time_words(std::chrono::milliseconds time) {
  constexpr std::pair<std::int64_t, const char*> kUnits[] = {
      {86'400'000, " d"}, {3'600'000, " h"}, {60'000, " min"}, {1'000, " s"}};
  for (const auto& [unit, word] : kUnits)
    if (time.count() != 0 && time.count() % unit == 0) return std::to_string(time.count() / unit) + word;
  return std::to_string(time.count()) + " ms";
}

}  // namespace troupe

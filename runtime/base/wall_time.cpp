#include "base/wall_time.h"

#include <cstdio>
#include <ctime>

namespace troupe {

std::string wall_time(std::uint64_t ms) {
  const auto seconds = static_cast<std::time_t>(ms / 1000);
  std::tm utc{};
  if (::gmtime_r(&seconds, &utc) == nullptr) return std::to_string(ms) + " ms after 1970";
  char date[64], text[80];
  std::strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S", &utc);
  std::snprintf(text, sizeof text, "%s.%03uZ", date, static_cast<unsigned>(ms % 1000));
  return text;
}

}  // namespace troupe

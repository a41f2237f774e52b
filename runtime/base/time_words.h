// How long something takes, as people read it.
#pragma once

#include <chrono>
#include <string>

namespace troupe {

// Exactly, in the largest unit that needs no fraction: "250 ms", "10 s", "90 s", "2 min", "1 h".
[[nodiscard]] std::string time_words(std::chrono::milliseconds time);

}  // namespace troupe

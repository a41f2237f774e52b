#include "base/time_words.h"

#include <doctest/doctest.h>

using namespace troupe;
using namespace std::chrono_literals;

TEST_CASE("times are said exactly, in the largest unit that needs no fraction") {
  CHECK(time_words(0ms) == "0 ms");
  CHECK(time_words(10ms) == "10 ms");
  CHECK(time_words(1500ms) == "1500 ms");
  CHECK(time_words(2s) == "2 s");
  CHECK(time_words(90s) == "90 s");
  CHECK(time_words(10min) == "10 min");
  CHECK(time_words(1h) == "1 h");
  CHECK(time_words(48h) == "2 d");
}

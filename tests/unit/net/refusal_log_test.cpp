// A stranger does not fill the log, and nobody is left in doubt that there was more.
#include <doctest/doctest.h>

#include <vector>

#include "net/refusal_log.h"

using namespace troupe;
using namespace troupe::net;

TEST_CASE("a period has so many lines, and the next says how many it did not have") {
  std::vector<std::string> lines;
  RefusalLog log([&](const LogLine& line) { lines.emplace_back(line.message); });
  const TimePoint start{std::chrono::hours(1)};

  for (unsigned i = 0; i < kRefusalsLogged + 3; ++i) log.write(start, "no");
  CHECK(lines.size() == kRefusalsLogged);
  log.write(start + kRefusalPeriod, "no");
  CHECK(lines.size() == kRefusalsLogged);
  log.write(start + kRefusalPeriod + std::chrono::nanoseconds(1), "again");

  REQUIRE(lines.size() == kRefusalsLogged + 2);
  CHECK(lines[kRefusalsLogged] == "4 more refusals were not logged");
  CHECK(lines[kRefusalsLogged + 1] == "again");
}

TEST_CASE("a period that had room says nothing of it, and no sink is no error") {
  std::vector<std::string> lines;
  RefusalLog log([&](const LogLine& line) { lines.emplace_back(line.message); });
  const TimePoint start{std::chrono::hours(1)};
  for (unsigned i = 0; i < kRefusalsLogged; ++i) log.write(start, "no");

  log.write(start + 2 * kRefusalPeriod, "again");

  CHECK(lines.size() == kRefusalsLogged + 1);
  RefusalLog(LogSink{}).write(start, "no");
}

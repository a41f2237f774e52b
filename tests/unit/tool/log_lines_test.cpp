// What `troupe logs` makes of what nodes say.
#include <doctest/doctest.h>

#include "log_lines.h"

using namespace troupe::tool;

TEST_CASE("lines of several nodes stand in the order of their clocks, those of one in theirs") {
  std::vector<NodeLine> lines = {
      {"a", {{"atMs", 5}, {"number", 1}}}, {"a", {{"atMs", 5}, {"number", 2}}}, {"b", {{"atMs", 3}, {"number", 9}}}};
  merge(lines);
  CHECK(lines[0].node == "b");
  CHECK(lines[1].line["number"] == 1);
  CHECK(lines[2].line["number"] == 2);
}

TEST_CASE("lines that were lost and a node that started anew are said") {
  LogPlace place;
  CHECK(take_place(place, {{"run", 7}, {"next", 20}, {"lost", 0}}).empty());
  CHECK(place.after == 20);
  CHECK(take_place(place, {{"run", 7}, {"next", 40}, {"lost", 3}}).find("3 lines were not kept") == 0);
  CHECK(take_place(place, {{"run", 8}, {"next", 2}, {"lost", 0}}).find("it has started anew") == 0);
  CHECK(place.after == 2);
}

TEST_CASE("a node's clock is said to differ when it does by more than the question took") {
  CHECK(clock_difference("two", 1'050, 1'000, 1'100).empty());
  CHECK(clock_difference("two", 1'150, 1'000, 1'100).empty());
  CHECK(clock_difference("two", 4'100, 1'000, 1'100).find("the clock of two is 3") == 0);
  CHECK(clock_difference("two", 1'000, 60'000, 60'100).find("behind this machine's") != std::string::npos);
}

TEST_CASE("a line shows the fields that its sentence does not name, and no control sequence") {
  const NodeLine line{"two",
                      {{"atMs", 1'763'719'200'120},
                       {"level", "warn"},
                       {"room", "Stock"},
                       {"message", "sku-1 is out\x1b[31m"},
                       {"fields", {{"node", "two"}, {"key", "sku-1"}, {"method", "reserve"}}}}};
  CHECK(log_text(line) == "2025-11-21 10:00:00.120Z two warn  Stock: sku-1 is out\\x1b[31m  {method=reserve}\n");
  CHECK(Json::parse(log_json(line))["node"] == "two");
}

TEST_CASE("how far back is read with its unit, and nothing else") {
  CHECK(time_back("90s") == 90'000);
  CHECK(time_back("500ms") == 500);
  CHECK(time_back("10m") == 600'000);
  CHECK(time_back("1d") == 86'400'000);
  for (const char* wrong : {"", "s", "10", "-5s", "10 s", "10w", "99999999999999999999d"})
    CHECK_THROWS_AS((void)time_back(wrong), Failure);
}

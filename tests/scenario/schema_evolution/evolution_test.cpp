// Programs that follow each other on one data directory: what a later one makes of what an earlier one kept.
#include "outcome.h"
#include "support/scratch_directory.h"

using jars::fill;
using jars::jar;
using jars::tool;
using troupe::testing::ScratchDirectory;

TEST_CASE("a later program reads what an earlier one kept, and writes what that had no room for") {
  ScratchDirectory directory;
  const std::string place = directory.path().string();
  fill(place);

  const auto read = jar(2, place, R"(show '' give '{"owner": "Ann"}' show '')");
  const auto again = jar(2, place, "show ''");

  CHECK(read.says(R"("food of nobody: 5c 20c")"));
  CHECK(read.says(R"("food of Ann: 5g 20c")"));
  CHECK(again.says(R"("food of Ann: 5g 20c")"));
}

TEST_CASE("a node does not start on a store whose schemas it may not follow, and says each reason and what to do") {
  ScratchDirectory directory;
  const std::string place = directory.path().string();
  fill(place);

  const auto refused = jar(3, place, R"(put '{"cents": 1}')");

  CHECK(refused.code == 9);
  INFO(refused.out);
  CHECK(
      refused.says("invalid: the store at " + place + " was written with other schemas, and 3 changes since are not"));
  CHECK(
      refused.says("JarState.coins: type changed from List(Coin) to Text: old bytes cannot be read as another type; "
                   "keep the field (rename it if it is obsolete) and add one of the new type with the next number"));
  CHECK(refused.says("Coin.cents: default value changed: "));
  CHECK(refused.says("Jar.show: @1 is no longer there: "));
}

TEST_CASE("a node that did not start leaves the store as it was") {
  ScratchDirectory directory;
  const std::string place = directory.path().string();
  fill(place);
  const auto before = tool("--json db schema " + place).out + tool("--json db get " + place + " Jar/a").out;

  REQUIRE(jar(3, place).code == 9);

  CHECK(tool("--json db schema " + place).out + tool("--json db get " + place + " Jar/a").out == before);
  CHECK(jar(1, place, "show ''").says(R"("coins":2)"));
}

TEST_CASE("an earlier program goes on where a later one only added fields, and keeps what it has no room for") {
  ScratchDirectory directory;
  const std::string place = directory.path().string();
  fill(place);
  REQUIRE(jar(2, place, R"(give '{"owner": "Ann"}')").says("200"));

  const auto back = jar(1, place, R"(put '{"cents": 7, "label": "back"}' show '')");
  const auto again = jar(2, place, "show ''");

  INFO(back.out << again.out);
  CHECK(back.code == 0);
  CHECK(back.says(R"("coins":3,"text":"back")"));
  CHECK(again.says(R"("back of Ann: 5g 20c 7c")"));
}

TEST_CASE("a turn of an earlier program that would lose what a later one wrote fails and changes nothing") {
  ScratchDirectory directory;
  const std::string place = directory.path().string();
  fill(place);
  REQUIRE(jar(2, place, R"(give '{"owner": "Ann"}')").says("200"));  // the first coin is gold now

  const auto back = jar(1, place, R"(put '{"cents": 9, "label": "swap"}' show '')");
  const auto again = jar(2, place, "show ''");

  INFO(back.out << again.out);
  CHECK(
      back.says("the state of Jar/a cannot be kept: JarState: a later program wrote more into an element of the list "
                "coins than this one has room for"));
  CHECK(back.says("unimplemented"));
  CHECK(back.says(R"("coins":2,"text":"food")"));
  CHECK(again.says(R"("food of Ann: 5g 20c")"));
}

TEST_CASE("an earlier program that makes rows anew keeps what a later one wrote into them") {
  ScratchDirectory directory;
  const std::string place = directory.path().string();
  REQUIRE(jar(8, place, R"(put '{"cents": 5, "label": "rent"}' stamp '{"cents": 5}')").code == 0);

  const auto back = jar(6, place, R"(put '{"cents": 9, "label": "rent"}' stamp '{"cents": 3}' show '')");
  const auto again = jar(8, place, "show ''");

  INFO(back.out << again.out);
  CHECK(back.code == 0);
  CHECK(back.says(R"("coins":1)"));
  CHECK(again.says("9 urgent by night; stamp 3 blue"));
}

TEST_CASE("a store that an earlier program went on with remembers the later schemas") {
  ScratchDirectory directory;
  const std::string place = directory.path().string();
  fill(place);
  REQUIRE(jar(2, place).code == 0);
  const auto later = tool("--json db schema " + place).out;
  REQUIRE(jar(1, place).code == 0);

  CHECK(tool("--json db schema " + place).out == later);
}

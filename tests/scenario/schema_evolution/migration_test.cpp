// A state of an earlier version becomes one of this build's: when, what is written, and what if it goes wrong.
#include "outcome.h"
#include "support/scratch_directory.h"

using jars::fill;
using jars::jar;
using jars::tool;
using troupe::testing::ScratchDirectory;

namespace {

// What the stopped node's store holds of an actor.
nlohmann::json stored(const std::string& place, const std::string& key) {
  return tool("--json db get " + place + " Jar/" + key).parsed();
}

}  // namespace

TEST_CASE("turns see the migrated state at once, and the first that commits writes it") {
  ScratchDirectory directory;
  const std::string place = directory.path().string();
  fill(place);

  const auto read = jar(4, place, "show '' state ''");
  INFO(read.out);
  CHECK(read.says(R"("coins":25,"text":"food")"));
  CHECK(read.says(R"("label":"food")"));
  CHECK(stored(place, "a")["stateType"] == "JarState");

  const auto wrote = jar(4, place, R"(put '{"cents": 5}' state '')");
  INFO(wrote.out);
  CHECK(wrote.says(R"("cents":"30")"));
  CHECK(stored(place, "a")["stateType"] == "Purse");
  CHECK(stored(place, "a")["state"]["text"] == "food");
  CHECK(jar(4, place, "show ''").says(R"("coins":30)"));
}

TEST_CASE("a migration that throws or makes nothing is a crash of that actor alone, and its old state stays") {
  ScratchDirectory directory;
  const std::string place = directory.path().string();
  fill(place);
  REQUIRE(jar(1, place, R"(b:put '{"cents": 1, "label": "cursed"}' c:put '{"cents": 2, "label": "void"}')").code == 0);

  const auto tried = jar(4, place, "b:show '' c:show '' a:show '' b:show ''");

  INFO(tried.out);
  CHECK(tried.says("Jar/b crashed while it was activated: its state cannot be migrated from version 0 to 1: this jar"));
  CHECK(
      tried.says("Jar/c crashed while it was activated: its state cannot be migrated from version 0 to 1: failed: "
                 "migrate() made no state"));
  CHECK(tried.says(R"("coins":25,"text":"food")"));
  CHECK(stored(place, "b")["state"]["label"] == "cursed");
  CHECK(stored(place, "c")["state"]["coins"][0]["cents"] == 2);
}

TEST_CASE("a build migrates the states of every version before it") {
  ScratchDirectory directory;
  const std::string place = directory.path().string();
  fill(place);
  REQUIRE(jar(1, place, R"(b:put '{"cents": 7}')").code == 0);
  REQUIRE(jar(4, place, R"(a:put '{"cents": 5}')").code == 0);

  const auto shown = jar(5, place, "a:show '' b:show ''");

  CHECK(shown.says(R"("coins":30,"text":"from a purse")"));
  CHECK(shown.says(R"("coins":7,"text":"from a jar")"));
}

TEST_CASE("a node does not start on a store whose states are of a later version") {
  ScratchDirectory directory;
  const std::string place = directory.path().string();
  fill(place);
  REQUIRE(jar(5, place).code == 0);

  const auto back = jar(4, place);

  CHECK(back.code == 9);
  CHECK(
      back.says("Jar: the state went back from version 2 to version 1: what its actors keep may be of the later "
                "version already; start the build with the later version"));
}

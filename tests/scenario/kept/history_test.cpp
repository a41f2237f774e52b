// Earlier states: as many as the schema asks for, in order, each with what made it.
#include "office.h"

using namespace parcels;

TEST_CASE("the last states of an actor are kept, the newest first, with the method that made each") {
  Office office;
  office.send("a", "b", 1);
  for (int i = 1; i <= 4; ++i) office.note("a", "note " + std::to_string(i));

  const json states = office.get("/actors/Sender/a/history")["states"];

  REQUIRE(states.size() == 3);
  for (int i = 0; i < 3; ++i) {
    CHECK(states[i]["edit"] == 5 - i);
    CHECK(states[i]["method"] == "note");
    CHECK(states[i]["state"]["note"] == "note " + std::to_string(4 - i));
    CHECK(states[i]["state"]["sent"] == 1);
    CHECK(states[i]["id"].get<std::string>().size() == 32);
  }
}

TEST_CASE("a turn that is rolled back leaves no state behind, and neither does one that changed nothing") {
  Office office;
  office.note("a", "kept");
  for (const char* ending : {"refuse", "crash"}) CHECK_THROWS(office.note("a", "lost", ending));
  (void)office.node->ref<Sender>("a").look().get(10s);

  const json states = office.get("/actors/Sender/a/history")["states"];

  REQUIRE(states.size() == 1);
  CHECK(states[0]["state"]["note"] == "kept");
}

TEST_CASE("an actor whose schema asks for no history keeps none") {
  Office office;
  office.be_lenient("b");

  CHECK(office.get("/actors/Box/b/history")["states"].empty());
  CHECK(office.get("/actors/Box/b/rows")["kinds"].empty());
}

TEST_CASE("history goes on after a restart, page by page") {
  Office office;
  office.note("a", "first");
  office.restart();
  office.note("a", "second");

  const json first = office.get("/actors/Sender/a/history?limit=1");
  const json second = office.get("/actors/Sender/a/history?limit=1&after=" + first["next"].get<std::string>());

  CHECK(first["states"][0]["state"]["note"] == "second");
  CHECK(second["states"][0]["state"]["note"] == "first");
  CHECK(second["next"] == "");
  CHECK(office.get("/actors/Sender/a/history?after=zz")["error"]["kind"] == "invalid");
}

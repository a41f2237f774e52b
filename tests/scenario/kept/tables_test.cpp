// Tables as they are seen, by whoever has none of the program's types; and what erasing a large actor takes.
#include "office.h"

using namespace parcels;

TEST_CASE("an actor's tables are named with their counts and types, and their rows shown as JSON") {
  Office office;
  office.list("a", 1, 5);
  const std::string at = "--node " + office.place() + " ";

  const json tables = tool("--json " + at + "tables Sender/a").parsed();
  const json rows = tool("--json " + at + "tables Sender/a slips").parsed();
  office.stop();
  const json kept = tool("--json db tables " + office.place() + " Sender/a slips").parsed();

  REQUIRE(tables.size() == 2);
  CHECK(tables[0]["name"] == "last");
  CHECK(tables[0]["rows"] == 1);
  CHECK(tables[1]["rows"] == 5);
  CHECK(tables[1]["rowType"] == "Slip");
  REQUIRE(rows.size() == 5);
  CHECK(rows[0]["key"] == R"(\x00\x00\x00\x00\x00\x00\x00\x01)");
  CHECK(rows[4]["row"] == json({{"to", "box"}, {"weight", 5}}));
  CHECK(kept == rows);
}

TEST_CASE("rows are shown from a key on, by prefix, backward, and up to a limit") {
  Office office;
  office.list("a", 1, 1500);
  const std::string rows = "--json --node " + office.place() + " tables Sender/a slips ";

  const json from = tool(rows + R"(--from '\x00\x00\x00\x00\x00\x00\x05\xdb')").parsed();
  const json prefix = tool(rows + R"(--prefix '\x00\x00\x00\x00\x00\x00\x05' --limit 10000)").parsed();
  const json backward = tool(rows + "--backward --limit 1200").parsed();

  REQUIRE(from.size() == 2);
  CHECK(from[0]["row"]["weight"] == 1499);
  CHECK(prefix.size() == 1500 - 1280 + 1);
  REQUIRE(backward.size() == 1200);
  CHECK(backward[0]["row"]["weight"] == 1500);
  CHECK(backward[1199]["row"]["weight"] == 301);
  CHECK(tool(rows + R"(--from '\q')").code == 2);
  CHECK(tool("--node " + office.place() + " tables Sender/a none").code == 4);
  CHECK(tool("--node " + office.place() + " tables Sender/a slips --limit 3").says("raise --limit"));
}

TEST_CASE("an actor with 200,000 rows is erased, and nothing is left") {
  Office office;
  for (std::uint64_t first = 0; first < 200'000; first += 20'000) office.list("a", first, 20'000);
  REQUIRE(office.get("/actors/Sender/a/tables")["tables"][1]["rows"] == 200'000);

  const auto before = std::chrono::steady_clock::now();
  const auto erased = office.post("/actors/Sender/a/erase");
  const auto took = std::chrono::steady_clock::now() - before;
  MESSAGE("erased in " << std::chrono::duration_cast<std::chrono::milliseconds>(took).count() << " ms");

  CHECK(erased.first == 200);
  CHECK(office.get("/actors/Sender/a/rows")["kinds"].empty());
  office.restart();
  CHECK(office.get("/actors/Sender/a/tables")["tables"].empty());
  office.list("a", 0, 3);
  CHECK(office.get("/actors/Sender/a/tables")["tables"][1]["rows"] == 3);
}

// Messages that were given up: seen with what they carried, sent again or dropped, also after a restart.
#include "office.h"

using namespace parcels;

namespace {

json letters_of(const Office& office, const std::string& sender) {
  return office.get("/actors/Sender/" + sender + "/dead-letters")["deadLetters"];
}

// Sender a's messages of weight 20 and 30 to box b are given up.
void give_two_up(const Office& office) {
  office.send("a", "b", 20);
  office.send("a", "b", 3);
  office.send("a", "b", 30);
  REQUIRE(eventually([&] { return letters_of(office, "a").size() == 2; }));
}

}  // namespace

TEST_CASE("a dead letter tells its way, its parameters and what its receiver said") {
  Office office;
  give_two_up(office);

  const json letter = letters_of(office, "a")[0];

  CHECK(letter["from"] == "Sender/a");
  CHECK(letter["to"] == "Box/b");
  CHECK(letter["method"] == "take");
  CHECK(letter["params"]["weight"] == 20);
  CHECK(letter["tries"] == 3);
  CHECK(letter["errorKind"] == "refused");
  CHECK(letter["error"] == "that is too heavy");
  CHECK(letter["givenUpMs"].get<std::uint64_t>() >= letter["sentMs"].get<std::uint64_t>());
  CHECK(office.get("/dead-letters")["deadLetters"].size() == 2);
  CHECK(office.taken("b") == std::vector<std::uint32_t>{3});
}

TEST_CASE("a dead letter that is sent again arrives once, as a new message") {
  Office office;
  give_two_up(office);
  office.be_lenient("b");
  const std::string number = letters_of(office, "a")[0]["number"].dump();

  const auto retried = office.post("/actors/Sender/a/dead-letters/retry?number=" + number);

  CHECK(retried.first == 200);
  CHECK(retried.second["retried"] == 1);
  CHECK(eventually([&] { return office.taken("b") == std::vector<std::uint32_t>{3, 20}; }));
  CHECK(letters_of(office, "a").size() == 1);
  CHECK(office.post("/actors/Sender/a/dead-letters/retry?number=" + number).second["error"]["kind"] == "not_found");
}

TEST_CASE("dead letters outlive a restart, and what is sent again then arrives") {
  Office office;
  give_two_up(office);
  office.restart();
  REQUIRE(letters_of(office, "a").size() == 2);
  office.be_lenient("b");

  const auto retried = office.post("/actors/Sender/a/dead-letters/retry?number=all");

  CHECK(retried.second["retried"] == 2);
  CHECK(eventually([&] { return office.taken("b") == std::vector<std::uint32_t>{3, 20, 30}; }));
  CHECK(letters_of(office, "a").empty());
}

TEST_CASE("a dead letter that fails again is one again, of a new number") {
  Office office;
  give_two_up(office);
  const json before = letters_of(office, "a")[0];

  (void)office.post("/actors/Sender/a/dead-letters/retry?number=" + before["number"].dump());

  CHECK(eventually([&] { return letters_of(office, "a").size() == 2; }));
  CHECK(letters_of(office, "a")[1]["params"] == before["params"]);
  CHECK(letters_of(office, "a")[1]["number"].get<int>() > before["number"].get<int>());
}

TEST_CASE("a dead letter that is dropped is gone, also after a restart") {
  Office office;
  give_two_up(office);
  const std::string number = letters_of(office, "a")[0]["number"].dump();

  const auto dropped = office.post("/actors/Sender/a/dead-letters/drop?number=" + number);
  office.restart();

  CHECK(dropped.second["dropped"] == 1);
  REQUIRE(letters_of(office, "a").size() == 1);
  CHECK(letters_of(office, "a")[0]["params"]["weight"] == 30);
  CHECK(office.taken("b") == std::vector<std::uint32_t>{3});
}

TEST_CASE("the tool lists dead letters, shows one, and retries or drops what it is told to") {
  Office office;
  give_two_up(office);
  const std::string at = "--node " + office.place() + " ";

  const auto listed = tool(at + "dead-letters ls");
  CHECK(listed.says("too heavy"));
  CHECK(listed.says("Box/b"));
  CHECK(tool("--json " + at + "deadletters --actor Sender/a").parsed().size() == 2);
  CHECK(tool("--json " + at + "dead-letters show Sender/a 1").parsed()["params"]["weight"] == 20);
  CHECK(tool(at + "dead-letters show Sender/a 99").code == 4);
  CHECK(tool(at + "dead-letters retry Sender/a").code == 2);
  CHECK(tool(at + "dead-letters drop --all").says("--yes"));
  CHECK(letters_of(office, "a").size() == 2);

  CHECK(tool(at + "dead-letters drop Sender/a 1").says("1 dead letter dropped"));
  office.be_lenient("b");
  CHECK(tool(at + "dead-letters retry --all --yes").says("1 dead letter retried"));
  CHECK(eventually([&] { return office.taken("b") == std::vector<std::uint32_t>{3, 30}; }));
  CHECK(tool(at + "dead-letters").says("no dead letters"));
}

TEST_CASE("the tool shows what waits in the outbox, of a running node and of its files") {
  Office office(1'000'000);
  office.send("a", "b", 20);
  office.send("a", "b", 3);
  const std::string at = "--node " + office.place() + " ";
  REQUIRE(eventually([&] { return office.get("/outbox")["channels"][0]["tries"].get<int>() > 0; }));

  const json live = tool("--json " + at + "outbox").parsed();
  const json messages = tool("--json " + at + "outbox show Sender/a").parsed();
  const auto metrics = tool(at + "metrics");
  const auto marks = tool("--json " + at + "inspect Sender/a").parsed();
  office.stop();
  const json kept = tool("--json db outbox " + office.place()).parsed();
  const json kept_messages = tool("--json db outbox " + office.place() + " Sender/a").parsed();

  CHECK(live[0]["totals"]["waiting"] == 2);
  CHECK(live[0]["channels"][0]["from"] == "Sender/a");
  CHECK(live[0]["channels"][0]["to"] == "Box/b");
  CHECK(live[0]["channels"][0]["lastError"] == "that is too heavy");
  REQUIRE(messages.size() == 2);
  CHECK(messages[0]["params"]["weight"] == 20);
  CHECK(messages[1]["method"] == "take");
  CHECK(metrics.says("troupe_outbox_messages"));
  CHECK(marks["lastSent"] == 2);
  CHECK(marks["edits"] == 2);
  CHECK(kept[0]["channels"][0]["waiting"] == 2);
  CHECK(kept_messages == messages);
}

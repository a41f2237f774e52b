// Erasing an actor: nothing of what it kept is left but numbers, and it begins anew.
#include "office.h"
#include "troupe/offline.h"

using namespace parcels;

namespace {

json kinds_of(const Office& office, const std::string& actor) {
  return office.get("/actors/" + actor + "/rows")["kinds"];
}

// It has a dead letter and history, and nothing under way.
bool gave_up(const Office& office, const std::string& actor) {
  const json kinds = kinds_of(office, actor);
  return kinds.size() == 2 && kinds[0]["kind"] == "dead_letter" && kinds[1]["kind"] == "history";
}

}  // namespace

TEST_CASE("an actor that is erased is as new, and nothing that it kept is left in the store") {
  Office office;
  office.send("a", "b", 20);
  office.note("a", "remember me");
  REQUIRE(eventually([&] { return gave_up(office, "Sender/a"); }));

  const auto erased = office.post("/actors/Sender/a/erase");

  CHECK(erased.first == 200);
  CHECK(kinds_of(office, "Sender/a").empty());
  auto looked = office.node->ref<Sender>("a").look().get(10s);
  CHECK(looked->getSent() == 0);
  CHECK(looked->getNote().size() == 0);
  const json view = office.get("/actors/Sender/a");
  CHECK(view["stateBytes"] == 0);
  CHECK(view["rememberedReplies"] == 0);
  CHECK(view["lastSent"] == 1);
  office.stop();
  auto files = troupe::OfflineStore::open(office.place()).value();
  const auto record = files.get("Sender", "a").value();
  CHECK(!record.state);
  CHECK(record.replies.empty());
  CHECK(json::parse(files.look("/actors/Sender/a/rows").value())["kinds"].empty());
}

TEST_CASE("messages of an erased sender are not sent any more, and its next ones are taken") {
  Office office(1'000'000);
  for (int i = 0; i < 300; ++i) office.send("a", "b", 20);
  REQUIRE(eventually([&] { return office.get("/outbox")["channels"][0]["tries"].get<int>() > 0; }));

  (void)office.post("/actors/Sender/a/erase");
  office.be_lenient("b");
  office.send("a", "b", 5);

  CHECK(eventually([&] {
    const auto taken = office.taken("b");
    return !taken.empty() && taken.back() == 5;
  }));
  // One was on its way.
  CHECK(office.taken("b").size() <= 2);
  CHECK(eventually([&] { return office.get("/outbox")["totals"]["waiting"] == 0; }));
}

TEST_CASE("an erased receiver keeps the numbers of what it has taken, and nothing of who sent it") {
  Office office;
  office.send("a", "b", 3);
  REQUIRE(eventually([&] { return office.taken("b").size() == 1; }));

  (void)office.post("/actors/Box/b/erase");
  office.restart();
  office.send("a", "b", 4);

  CHECK(eventually([&] { return office.taken("b") == std::vector<std::uint32_t>{4}; }));
  REQUIRE(kinds_of(office, "Box/b").size() == 1);
  CHECK(kinds_of(office, "Box/b")[0]["kind"] == "channel");
}

TEST_CASE("a call that comes again after its actor was erased is told that nobody knows") {
  Office office;
  auto sender = office.node->ref<Sender>("a");
  sender.idempotency_key("key-1", std::chrono::system_clock::now() - 1s);
  (void)sender.note([](auto p) { p.setText("once"); }).get(10s);

  (void)office.post("/actors/Sender/a/erase");

  try {
    (void)sender.note([](auto p) { p.setText("once"); }).get(10s);
    FAIL("it ran again");
  } catch (const troupe::Error& error) {
    CHECK(error.kind() == troupe::ErrorKind::unknown_outcome);
  }
}

TEST_CASE("the tool erases only when it is told yes, and says before what would go") {
  Office office;
  office.note("a", "x");
  const std::string at = "--node " + office.place() + " ";

  const auto asked = tool(at + "erase Sender/a");
  CHECK(asked.code == 2);
  CHECK(asked.says("1 rows of kind history"));
  CHECK(kinds_of(office, "Sender/a").size() == 1);

  CHECK(tool(at + "erase Sender/a --yes").says("erased Sender/a"));
  CHECK(kinds_of(office, "Sender/a").empty());
  CHECK(tool(at + "erase Nobody/a --yes").code == 4);
}

TEST_CASE("the tool shows earlier states and what each edit changed") {
  Office office;
  office.note("a", "first");
  office.note("a", "second");
  const std::string at = "--node " + office.place() + " ";

  const auto live = tool("--json " + at + "history Sender/a").parsed();
  const auto diff = tool(at + "history Sender/a --diff");
  const auto one = tool(at + "history Sender/a --at 1");
  const auto gone = tool(at + "history Sender/a --at 9");
  office.stop();
  const auto kept = tool("--json db history " + office.place() + " Sender/a").parsed();

  CHECK(live.size() == 2);
  CHECK(live == kept);
  CHECK(diff.says("/note: \"first\" -> \"second\""));
  CHECK(one.says("first"));
  CHECK(!one.says("second"));
  CHECK(gone.code == 4);
}

TEST_CASE("files are listed and shown with what lies beside each record") {
  Office office;
  office.send("a", "b", 20);
  REQUIRE(eventually([&] { return gave_up(office, "Sender/a"); }));
  office.stop();

  const auto listed = tool("--json db ls " + office.place() + " Sender --rows").parsed();
  const auto got = tool("--json db get " + office.place() + " Sender/a").parsed();

  CHECK(listed[0]["rows"][0]["kind"] == "dead_letter");
  CHECK(got["rows"][1]["kind"] == "history");
  CHECK(got["lastSent"] == 1);
  CHECK(got["edits"] == 1);
  CHECK(tool("db get " + office.place() + " Sender/a").says("1 messages sent"));
}

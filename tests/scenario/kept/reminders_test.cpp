// Reminders as they are seen: what is due next, what fails, what an erased actor had set.
#include "office.h"

using namespace parcels;

namespace {

constexpr std::uint64_t kHour = 3'600'000;

}  // namespace

TEST_CASE("reminders are shown by time, of a running node and of its files") {
  Office office;
  office.remind("a", "later", 2 * kHour);
  office.remind("b", "sooner", kHour);
  office.remind("c", "ticking", 0, 3 * kHour);
  const std::string at = "--node " + office.place() + " ";

  const json live = tool("--json " + at + "reminders").parsed();
  const json of_one = tool("--json " + at + "reminders --actor Sender/b").parsed();
  const auto shown = tool(at + "reminders");
  office.stop();
  const json kept = tool("--json db reminders " + office.place()).parsed();

  REQUIRE(live.size() == 3);
  CHECK(live[0]["name"] == "sooner");
  CHECK(live[1]["actor"] == "Sender/a");
  CHECK(live[2]["periodMs"] == 3 * kHour);
  CHECK(of_one.size() == 1);
  CHECK(shown.says("0 due, 0 failing"));
  REQUIRE(kept.size() == 3);
  CHECK(kept[0]["name"] == "sooner");
}

TEST_CASE("a reminder that fails is named with its tries and its last error") {
  Office office;
  office.remind("a", "bad", 1);
  REQUIRE(eventually([&] { return !office.get("/reminders/due")["worst"].empty(); }));

  const auto shown = tool("--node " + office.place() + " reminders");
  const auto metrics = tool("--node " + office.place() + " metrics");

  CHECK(shown.says("a bad reminder"));
  CHECK(metrics.says("troupe_reminders_failing"));
}

TEST_CASE("the reminders of an erased actor do not fire") {
  Office office;
  office.remind("a", "tick", 0, 5);
  REQUIRE(eventually([&] { return at_once(office.node->ref<Sender>("a").look().get(10s))->getNote() == "tick"; }));

  (void)office.post("/actors/Sender/a/erase");
  office.remind("a", "other", 1);

  REQUIRE(eventually([&] { return at_once(office.node->ref<Sender>("a").look().get(10s))->getNote() == "other"; }));
  CHECK(office.get("/reminders")["reminders"].empty());
  CHECK(office.get("/actors/Sender/a/rows")["kinds"][0]["kind"] == "history");
  office.restart();
  CHECK(at_once(office.node->ref<Sender>("a").look().get(10s))->getNote() == "other");
}

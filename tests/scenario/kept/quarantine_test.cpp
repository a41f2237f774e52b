// Crashes and quarantined actors as an operator meets them: the tool, its texts, its JSON and its exit codes.
#include "office.h"

using namespace parcels;

namespace {

constexpr troupe::RestartPolicy kOnce{.restarts = 1, .window = 1h, .backoff = 0ms, .cooldown = 1h};

void crash(const Office& office, const std::string& sender, int times) {
  for (int i = 0; i < times; ++i) CHECK_THROWS_AS(office.note(sender, "x", "crash"), troupe::Error);
}

}  // namespace

TEST_CASE("troupe quarantine shows who is quarantined and why, and clears one or all") {
  Office office(3, kOnce);
  const std::string at = "--node " + office.place() + " ";
  CHECK(tool(at + "quarantine ls").says("no actor is quarantined"));
  for (const char* sender : {"a", "b", "c"}) crash(office, sender, 2);

  const auto shown = tool(at + "quarantine ls");
  const json listed = tool("--json " + at + "quarantine ls").parsed();

  CHECK(shown.code == 0);
  CHECK(shown.says("Sender/a"));
  CHECK(shown.says("it crashed 2 times within 1 h, and 1 restart is allowed"));
  CHECK(shown.says("note: as told"));
  REQUIRE(listed.size() == 3);
  CHECK(listed[0]["actor"] == "Sender/a");
  CHECK(listed[0]["node"] == "office");
  CHECK(listed[0]["untilMs"].get<std::uint64_t>() - listed[0]["sinceMs"].get<std::uint64_t>() == 3'600'000);
  CHECK(tool("--json " + at + "ls Sender").says("\"status\": \"quarantined\""));

  const auto one = tool(at + "quarantine clear Sender/a");
  CHECK(one.code == 0);
  CHECK(one.says("1 quarantine cleared"));
  office.note("a", "well again");
  CHECK(tool(at + "quarantine clear Sender/a").code == 4);
  CHECK(tool(at + "quarantine clear").code == 2);
  CHECK(tool(at + "quarantine clear nobody").code == 2);
  CHECK(tool("--json " + at + "quarantine clear --all").parsed()["cleared"] == 2);
  office.note("b", "well again");
  CHECK(tool("--json " + at + "quarantine ls").parsed().empty());
}

TEST_CASE("troupe restarts shows crashes, of one actor in full, the newest first") {
  Office office(3, kOnce);
  const std::string at = "--node " + office.place() + " ";
  CHECK(tool(at + "restarts").says("no actor has crashed"));
  // Who called hears of a crash before it is noted.
  json all;
  const auto noted = [&](std::size_t count) {
    return eventually([&] { return (all = tool("--json " + at + "restarts").parsed()).size() == count; });
  };
  crash(office, "a", 1);
  REQUIRE(noted(1));
  crash(office, "b", 2);
  REQUIRE(noted(3));

  const auto table = tool(at + "restarts");
  const auto of_one = tool(at + "restarts Sender/b");

  CHECK(all[0]["actor"] == "Sender/b");
  CHECK(all[0]["outcome"] == "quarantined");
  CHECK(all[1]["outcome"] == "restarted");
  CHECK(all[2]["actor"] == "Sender/a");
  CHECK(all[2]["cause"] == "handler");
  CHECK(all[2]["method"] == "note");
  CHECK(all[2]["message"] == "as told");
  CHECK(all[2]["request"].get<std::string>().size() == 32);
  CHECK(table.says("OUTCOME"));
  CHECK(of_one.says("Sender/b.note  quarantined for 1 h 0 min"));
  CHECK(of_one.says("handler: as told"));
  CHECK(tool(at + "restarts Sender/none").says("Sender/none has not crashed"));
  CHECK(tool("--json " + at + "restarts --limit 1").parsed().size() == 1);
  CHECK(tool(at + "restarts nobody").code == 2);
}

TEST_CASE("a crash is shown with where it was thrown, in a program that asks for it") {
  Office office;
  const std::string at = "--node " + office.place() + " ";
  crash(office, "a", 1);

  const json crashed = tool("--json " + at + "restarts Sender/a").parsed();

  REQUIRE(crashed.size() == 1);
  CAPTURE(crashed[0].dump(1));
  bool named = false;
  for (const auto& frame : crashed[0]["trace"])
    named = named || frame.get<std::string>().find("SenderRole::note") != std::string::npos;
  CHECK(named);
  CHECK(tool(at + "restarts Sender/a").says("SenderRole::note"));
}

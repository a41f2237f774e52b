// Turns that were, as the user of `troupe` sees them: the binary, a node with its socket, and its files when it is
// gone.
#include <doctest/doctest.h>
#include <troupe/replay.h>
#include <troupe/testing.h>

#include "support/command_line.h"
#include "till.h"

using namespace std::chrono_literals;
using troupe::testing::ScratchDirectory;
using troupe::testing::tool;

namespace {

// Sells, and asks for a rate that crashes it.
void work(troupe::Node& node) {
  const auto till = node.ref<tills::Till>("a");
  (void)till.sell([](auto p) { p.setArticle("tea"), p.setAmount(10); }).get(10s);
  CHECK_THROWS_AS((void)till.exchange([](auto p) { p.setArticle("tea"), p.setBank("b"); }).get(10s), troupe::Error);
}

}  // namespace

TEST_CASE("the tool shows an actor's last turns while its node runs, and its crash when the node is gone") {
  const ScratchDirectory folder;
  const std::string data = "--data " + folder.path().string() + " ";
  {
    troupe::Node node({.name = "one", .data_dir = folder / "one", .threads = 2});
    tills::host(node);
    node.start();
    work(node);

    const auto events = tool("--json " + data + "events Till/a").parsed();
    const auto shown = tool(data + "events");
    const auto started = tool(data + "record start Till/a --turns 5");
    (void)node.ref<tills::Till>("a").sell([](auto p) { p.setArticle("milk"), p.setAmount(1); }).get(10s);
    const auto listed = tool(data + "record ls");
    const auto stopped = tool("--json " + data + "record stop Till/a").parsed();

    REQUIRE(events.size() == 2);
    CHECK(events[0]["method"] == "exchange");
    CHECK(events[0]["outcome"] == "crashed");
    CHECK(events[0]["node"] == "one");
    CHECK(shown.says("Bank/b"));
    CHECK(started.code == 0);
    CHECK(listed.says("Till/a"));
    CHECK(stopped["turns"] == 1);
    CHECK(tool("replay " + stopped["file"].get<std::string>()).says("milk"));
    CHECK(tool(data + "record stop Till/a").code == 4);
    CHECK(tool(data + "events Till").code == 2);
    CHECK(troupe::testing::eventually([&] { return tool(data + "crashes ls Till/a").says("a rate of 0 for tea"); }));
  }

  const auto listed = tool("--json " + data + "crashes").parsed();
  REQUIRE(listed.size() == 1);
  const std::string file = listed[0]["file"];
  const auto got = tool("--json " + data + "crashes get " + file).parsed();
  const auto test = tool(data + "crashes test " + file);
  const auto report = troupe::replay(file, [](troupe::Node& node) { node.host<tills::TillOf2026>(); });

  CHECK(got["turns"][0]["input"]["article"] == "tea");
  CHECK(tool(data + "crashes get " + file).says("answer to call 1"));
  CHECK(test.says("TEST_CASE(\"Till/a.exchange does not crash any more\")"));
  CHECK(test.says("troupe::replay(\"" + file + "\""));
  CHECK(report.crashed());
  CHECK(tool(data + "crashes get none.turns").code == 4);
}

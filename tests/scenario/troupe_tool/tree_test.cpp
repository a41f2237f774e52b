// `troupe tree`: what is supervised, how it stands, and starting again what gave up.
#include "stage.h"

using namespace troupe_tool;
using troupe::testing::eventually;

TEST_CASE("tree shows what a node supervises as it was declared, and how each child stands") {
  troupe::testing::ScratchDirectory folder;
  troupe::Node node({.name = "one", .data_dir = folder / "one"});
  node.host<Jar>();
  troupe::Supervision shelf{.strategy = troupe::Strategy::one_for_all};
  shelf.children = {{.id = "left", .start = troupe::actor_start<jars::Jar>("l"), .restart = troupe::Restart::temporary},
                    {.id = "right", .start = troupe::actor_start<jars::Jar>("r")}};
  node.supervise({.intensity = {3, 10s}, .children = {{.id = "shelf", .start = shelf}}});
  node.start();
  node.supervision().terminate_child("shelf", "left");
  const std::string at = "--node " + (folder / "one").string() + " ";

  const auto shown = tool(at + "tree");
  const auto parsed = tool("--json " + at + "tree");

  INFO(shown.out);
  CHECK(shown.code == 0);
  CHECK(
      shown.says("  supervision  one_for_one, at most 3 restarts in 10 s, backoff 10 ms to 2 s; running\n"
                 "    shelf  one_for_all, at most 1 restart in 5 s, backoff 10 ms to 2 s; permanent, shutdown "
                 "unlimited; running\n"
                 "      left  Jar/l; temporary, shutdown within 5 s; stopped\n"
                 "      right  Jar/r; permanent, shutdown within 5 s; running\n"));
  const auto shelf_json = parsed.parsed()[0]["supervision"]["children"][0];
  CHECK(shelf_json["children"][0]["status"] == "stopped");
  CHECK(shelf_json["children"][1]["what"] == "Jar/r");
}

TEST_CASE("the tree of a cluster is said once, with how each node's part of it stands") {
  const std::vector<troupe::Member> members = {{.name = "one", .port = troupe::testing::free_port()},
                                               {.name = "two", .port = troupe::testing::free_port()}};
  troupe::testing::ScratchDirectory folder;
  troupe::Supervision tree;
  for (const char* key : {"a", "b", "c", "d", "e", "f"})
    tree.children.push_back({.id = key, .start = troupe::actor_start<jars::Jar>(key)});
  std::vector<std::unique_ptr<troupe::Node>> nodes;
  for (const auto& self : members) {
    nodes.push_back(std::make_unique<troupe::Node>(
        troupe::NodeConfig{.name = self.name, .data_dir = folder / self.name, .members = members}));
    nodes.back()->host<Jar>();
    nodes.back()->supervise(tree);
    nodes.back()->start();
  }
  const std::string at = "--data " + folder.path().string() + " ";

  const auto shown = tool(at + "tree");

  INFO(shown.out);
  CHECK(shown.code == 0);
  CHECK(shown.says("one, two\n  supervision  one_for_one"));
  for (const char* key : {"a", "b", "c", "d", "e", "f"}) {
    const std::string line = std::string("    ") + key + "  Jar/" + key;
    const auto first = shown.out.find(line);
    REQUIRE(first != std::string::npos);
    CHECK(shown.out.find(line, first + 1) == std::string::npos);
  }
  CHECK(shown.says("; one: running\n"));
  CHECK(shown.says("; two: running\n"));
  CHECK_FALSE(shown.says("elsewhere"));
  CHECK(shown.says("services\n  Jar  "));
  CHECK(tool("--json " + at + "tree").parsed().size() == 2);
}

TEST_CASE("a tree that gave up is in health, and is started again from outside") {
  troupe::testing::ScratchDirectory folder;
  troupe::Node node({.name = "one", .data_dir = folder / "one"});
  node.host<Jar>();
  node.supervise({.intensity = {0, 1min}, .children = {{.id = "jar", .start = troupe::actor_start<jars::Jar>("a")}}});
  node.start();
  const std::string at = "--data " + folder.path().string() + " ";
  CHECK(tool(at + "tree restart jar").code == 2);
  CHECK(tool(at + "tree restart jug").code == 4);
  REQUIRE(tool(at + "call Jar/a smash").code == 1);
  REQUIRE(eventually([&] { return !node.health().good(); }));
  const auto health = tool(at + "health");
  CHECK(health.code == 1);
  CHECK(health.says("supervision_given_up"));
  CHECK(health.says("troupe tree restart /"));
  CHECK(tool(at + "tree").says("GIVEN UP"));
  CHECK(tool(at + "tree restart jar").says("restart it first"));

  const auto restarted = tool(at + "tree restart /");

  INFO(restarted.out);
  CHECK(restarted.code == 0);
  CHECK(restarted.says("one: started the tree again"));
  CHECK(tool(at + "health").code == 0);
  CHECK(tool(at + "call Jar/a count").code == 0);
}

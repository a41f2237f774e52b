// The commands about how calls fail over, at a node whose calls are covered and at one without policies.
#include "stage.h"

using namespace troupe_tool;

TEST_CASE("breakers and limits of calls are shown and changed from outside") {
  troupe::testing::ScratchDirectory folder;
  troupe::NodeConfig config{.name = "desk", .data_dir = folder / "desk"};
  config.calls = {
      {.to = "Jar",
       .policy = {
           .retry = {.tries = 2}, .breaker = {.error_rate = 0.5, .open_for = 1h}, .bulkhead = {.most_in_flight = 7}}}};
  troupe::Node node(config);
  node.host<Jar>();
  node.start();
  const std::string at = "--node " + (folder / "desk").string() + " ";
  const auto put = [&] { return tool(at + R"(call Jar/a put '{"coins": 1}')"); };

  CHECK(tool(at + "breakers").says("no breakers"));
  CHECK(put().code == 0);
  const auto seen = tool("--json " + at + "breakers").parsed();
  REQUIRE(seen.size() == 1);
  CHECK(seen[0]["node"] == "desk");
  CHECK(seen[0]["breakers"][0]["method"] == "Jar.put");
  CHECK(seen[0]["breakers"][0]["calls"] == 1);

  CHECK(tool(at + "breakers open Jar.put --at desk").says("OPEN"));
  CHECK(put().code == 1);
  CHECK(put().says("the breaker of Jar.put at node desk is open"));
  CHECK(tool(at + "breakers reset Jar.put").says("closed"));
  CHECK(put().code == 0);
  const auto unknown = tool(at + "breakers reset Jar.look");
  CHECK(unknown.code == 4);
  CHECK(unknown.says("There are: Jar.put at desk"));
  CHECK(tool(at + "breakers reset").code == 2);

  const auto shown = tool(at + "limits");
  CHECK(shown.code == 0);
  CHECK(shown.says("0 of 7"));
  CHECK(shown.says("overload.max_queued_calls"));
  const auto limits = tool("--json " + at + "limits").parsed();
  CHECK(limits[0]["calls"][0]["to"] == "Jar");
  CHECK(limits[0]["calls"][0]["mostInFlight"] == 7);
}

TEST_CASE("without policies there are the limits of the nodes alone") {
  Cluster cluster;

  const auto limits = tool(cluster.data() + "limits");

  CHECK(limits.code == 0);
  CHECK(limits.says("no policies for calls"));
  CHECK(limits.says("calls under way on one link"));
  CHECK(tool(cluster.data() + "breakers").says("no breakers"));
  CHECK(tool(cluster.data() + "breakers reset Jar.put").code == 4);
}

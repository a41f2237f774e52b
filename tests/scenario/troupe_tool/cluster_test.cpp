// The tool and a cluster: who is a member, who owns what, and a member that is drained.
#include <algorithm>

#include "joined.h"
#include "support/child_process.h"

using namespace troupe_tool;

TEST_CASE("a member is drained until it owns nothing, its jars are elsewhere, and it serves again") {
  Joined cluster;
  cluster.start("one");
  for (int i = 0; i < 8; ++i)
    REQUIRE(tool(cluster.data() + "call Jar/k" + std::to_string(i) + " put '{\"coins\": 3}'").code == 0);
  cluster.start("two", 10);
  cluster.await_share("two");

  const auto members = tool(cluster.data() + "members");
  const auto of_two = tool("--json " + cluster.data() + "partitions --member two").parsed();
  const auto drained = tool(cluster.data() + "drain two --timeout 60s");
  const auto after = tool("--json " + cluster.data() + "partitions").parsed();

  INFO(members.out << drained.out);
  CHECK(members.code == 0);
  CHECK(members.says("serving"));
  CHECK(members.says("disk=fast"));
  CHECK(of_two["partitions"].size() == 2 * kShareOfAKind);
  CHECK(drained.code == 0);
  CHECK(drained.says("two owns nothing any more: it gave 46 partitions"));
  REQUIRE(after["partitions"].size() == 2 * kOfAKind);
  CHECK(std::all_of(after["partitions"].begin(), after["partitions"].end(),
                    [](const json& one) { return one["owner"] == "one" && one["here"] == "leading"; }));
  CHECK(cluster.member("two")["state"] == "draining");
  for (int i = 0; i < 8; ++i)
    CHECK(tool("--json " + cluster.data() + "call Jar/k" + std::to_string(i) + " count").parsed()["coins"] == "3");
  CHECK(tool(cluster.data() + "partitions --member two").says("no partitions"));

  const auto undone = tool(cluster.data() + "drain two --undo");
  CHECK(undone.code == 0);
  CHECK(undone.says("two serves; it was draining"));
  cluster.await_share("two");
}

TEST_CASE("partitions are moved by hand, what would move is said and moved, and what cannot be is refused") {
  Joined cluster;
  cluster.start("one");
  cluster.start("two", 0);
  REQUIRE(troupe::testing::eventually([&] { return cluster.member("two").value("state", "") == "serving"; }, 60s));

  const auto moved = tool(cluster.data() + "partitions move 7,9-11 two");
  const auto would = tool(cluster.data() + "rebalance --dry-run");
  const auto of_two = tool("--json " + cluster.data() + "partitions --member two").parsed();
  const auto back = tool(cluster.data() + "rebalance");
  const auto nothing = tool(cluster.data() + "rebalance");

  INFO(moved.out << would.out << back.out);
  CHECK(moved.code == 0);
  CHECK(moved.says("4 partitions moved to two; there they stay until it is drained"));
  CHECK(would.code == 0);
  CHECK(would.says("4 partitions would move"));
  REQUIRE(of_two["partitions"].size() == 4);
  CHECK(of_two["partitions"][0]["number"] == 7);
  CHECK(of_two["partitions"][0]["pinned"] == true);
  CHECK(back.code == 0);
  CHECK(back.says("4 partitions moved"));
  CHECK(nothing.says("every member has its share: nothing is to move"));
  CHECK(tool(cluster.data() + "partitions move 7 one").code == 2);
  CHECK(tool(cluster.data() + "partitions move 7 nobody").code == 4);
  CHECK(tool(cluster.data() + "partitions move 600 two").code == 2);
  for (const char* none : {"x", "-1", "9-7", "7,", "99999999999"})
    CHECK_MESSAGE(tool(cluster.data() + "partitions move -- " + none + " two").code == 2, none);
  CHECK(tool(cluster.data() + "partitions force 7 two").says("add --accept-loss to do it"));
  CHECK(tool(cluster.data() + "partitions force 7 two --accept-loss").says("nothing has to be lost"));
}

TEST_CASE("what a stopped node holds of partitions is dropped when that is meant, and nothing else") {
  Left left;
  const std::string drop = "partitions drop " + left.place() + " ";

  const auto asked = tool(drop + "0-255");
  const auto none = tool(drop + "256 --accept-loss");
  const auto dropped = tool(drop + "0-255 --accept-loss");

  INFO(asked.out << none.out << dropped.out);
  CHECK(asked.code == 2);
  CHECK(asked.says("would drop, for good: 1 actors in 256 partitions"));
  CHECK(none.code == 2);
  CHECK(none.says("has no rows, and no store holds it"));
  CHECK(dropped.code == 0);
  CHECK(dropped.says("dropped 1 actors, "));
  CHECK(tool(drop + "0-255").says("would drop, for good: 0 actors"));
  CHECK(tool("partitions drop " + left.place() + "-nowhere 7 --accept-loss").code == 2);
}

TEST_CASE("what changes is a line each while it is watched, a node that ends too, and Ctrl-C ends it well") {
  Joined cluster;
  cluster.start("one");
  const auto watched = [&](const char* what, const char* option = "--watch") {
    return std::make_unique<troupe::testing::ChildProcess>(std::vector<std::string>{
        TROUPE_TOOL, "--data", cluster.folder.path().string(), what, option, "--interval", "0.05"});
  };
  auto members = watched("members");
  auto services = watched("services");
  auto partitions = watched("partitions");
  troupe::testing::ChildProcess as_json(
      {TROUPE_TOOL, "--json", "--data", cluster.folder.path().string(), "members", "--watch", "--interval", "0.05"});
  REQUIRE(members->says("watching 1 member\n", 30s));
  REQUIRE(services->says("watching 1 service\n", 30s));
  REQUIRE(partitions->says("watching 512 partitions\n", 30s));
  REQUIRE(as_json.says("\"watching\"", 30s));

  cluster.start("two", 10);
  CHECK(members->says("  member two came: ", 30s));
  CHECK(services->says("  service Jar on two came: healthy yes", 30s));
  CHECK(partitions->says(", owner one -> two", 30s));
  // Whether it is seen before it answers is up to the moment of a look.
  CHECK_MESSAGE(members->says_either("node two came: answers yes", "-> yes\n", 30s), members->said());
  cluster.nodes.back()->stop(5s);
  CHECK(members->says("  member two changed: alive yes -> no", 30s));
  CHECK_MESSAGE(members->says("  node two changed: answers yes -> no: ", 30s), members->said());
  CHECK(services->says("  service Jar on two went\n", 30s));
  CHECK(as_json.says("\"alive\":[\"yes\",\"no\"]", 30s));

  for (auto* one : {members.get(), services.get(), partitions.get(), &as_json}) {
    CHECK_FALSE(one->ended());
    one->send_signal(SIGINT);
    CHECK(one->finish(30s) == 0);
  }
  CHECK(tool(cluster.data() + "--every 1 members --watch").code == 2);
  CHECK(tool(cluster.data() + "members --watch --interval 0").code != 0);
}

TEST_CASE("a drain that does not come to its end says what it waits for, and goes on") {
  Joined cluster;
  cluster.start("one");

  const auto alone = tool(cluster.data() + "drain one --timeout 300ms");
  const auto as_json = tool("--json " + cluster.data() + "drain one --timeout 1ms");
  const auto ordered = tool("--json " + cluster.data() + "drain one --no-wait");

  INFO(alone.out << as_json.out);
  CHECK(alone.code == 1);
  CHECK(alone.says("member 'one' owns 512 of 512 partitions after 300 ms, and goes on draining"));
  CHECK(alone.says("no other member lives, serves and has a weight, so nobody can take them: start one"));
  CHECK(as_json.code == 1);
  CHECK(as_json.parsed()["error"]["message"].get<std::string>().find("nobody can take them") != std::string::npos);
  CHECK(ordered.code == 0);
  CHECK(ordered.parsed()["before"] == "draining");
  CHECK(ordered.parsed()["partitions"]["withRows"] == kOfAKind);
}

TEST_CASE("a drain of a member that does not live says that its disk is waited for, and ends when it is back") {
  Joined cluster;
  cluster.start("one");
  cluster.start("two", 10);
  cluster.await_share("two");
  cluster.nodes.pop_back();

  const auto gone = tool(cluster.data() + "drain two --timeout 500ms");
  cluster.start("two", 10);
  const auto back = tool(cluster.data() + "drain two --timeout 60s");

  INFO(gone.out << back.out);
  CHECK(gone.code == 1);
  CHECK(gone.says("it does not live, and what is on its disk it alone can give: start it"));
  CHECK(back.code == 0);
  CHECK(back.says("two owns nothing any more"));
}

TEST_CASE("members, partitions and drain name what they cannot do, and who did not answer") {
  Joined cluster;
  cluster.start("one");
  cluster.start("two", 0);
  const auto ends = [&](const std::string& words, int code, const char* what) {
    const auto outcome = tool(words);
    INFO(words << ": " << outcome.out);
    CHECK(outcome.code == code);
    CHECK(outcome.says(what));
  };
  const std::string data = cluster.data();

  ends(data + "drain nobody", 4, "there is no member 'nobody'; there are: one, two");
  ends(data + "partitions --member nobody", 4, "there are: one, two");
  ends(data + "drain", 2, "NODE");
  ends(data + "drain one --undo --no-wait", 2, "--undo");
  ends(data + "drain one --timeout=0", 2, "--timeout");
  ends(data + "drain one --timeout=25h", 2, "--timeout");
  ends(data + "drain --help", 0, "--no-wait");
  ends("completion bash", 0, "drain");
  cluster.nodes.pop_back();

  ends(data + "members", 3, "two did not answer");
  ends(data + "partitions", 3, "two did not answer");
  const auto shown = tool("--json " + data + "members");
  CHECK(shown.code == 3);
  CHECK(shown.parsed().back()["node"] == "two");
  CHECK(cluster.member("two")["alive"] == false);
}

TEST_CASE("listed members are shown by the tool with their fixed owners, and cannot be drained") {
  Cluster cluster;

  const auto members = tool("--json " + cluster.data() + "members").parsed();
  const auto partitions = tool("--json " + cluster.data() + "partitions --member two").parsed();
  const auto drained = tool(cluster.data() + "drain two");

  REQUIRE(members.size() == 2);
  CHECK(members[0]["name"] == "one");
  CHECK(members[0]["pid"] == members[1]["pid"]);
  CHECK(members[1]["alive"] == true);
  CHECK(members[1]["services"][0] == "Jar");
  CHECK(partitions["partitions"].size() == members[1]["partitions"]["withRows"].get<std::size_t>() +
                                               members[1]["partitions"]["withoutRows"].get<std::size_t>());
  for (const json& one : partitions["partitions"]) CHECK(one["here"] == "leading");
  CHECK(drained.code == 2);
  CHECK(drained.says("let the nodes join by a coordinator"));
}

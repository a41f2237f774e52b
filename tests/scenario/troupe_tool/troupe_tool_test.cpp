// The debug tool as its user meets it: the binary, two nodes, their sockets and its exit codes.
#include <atomic>
#include <fstream>
#include <thread>

#include "stage.h"

using namespace troupe_tool;

TEST_CASE("a node that is offered far more than it can serve is looked at as ever, and says what it refused") {
  troupe::testing::ScratchDirectory folder;
  troupe::NodeConfig config{.name = "busy", .data_dir = folder / "busy", .threads = 1};
  config.max_mailbox = 10;
  troupe::Node node(config);
  node.host<Jar>();
  node.start();
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> sent{0}, ended{0}, refused{0};
  std::thread flood([&] {
    const auto jar = node.ref<jars::Jar>("a");
    while (!stop) {
      ++sent;
      jar.put([](auto p) { p.setCoins(1); }).then([&](auto result) {
        refused += !result.ok() && result.error().kind() == troupe::ErrorKind::overloaded;
        ++ended;
      });
    }
  });
  while (refused < 10'000) std::this_thread::yield();
  const std::string at = "--node " + (folder / "busy").string() + " ";

  for (const char* command : {"nodes", "tree", "ls", "links", "services", "metrics", "outbox", "inspect Jar/a"}) {
    INFO(command);
    CHECK(tool(at + command).code == 0);
  }
  const auto shown = tool(at + "overload");
  const auto listed = tool(at + "--json overload").parsed();
  stop = true;
  flood.join();

  CHECK(shown.code == 0);
  CHECK(shown.says("an actor's mailbox"));
  REQUIRE(listed.size() == 1);
  CHECK(listed[0]["node"] == "busy");
  CHECK(listed[0]["maxMailbox"] == 10);
  CHECK(listed[0]["refused"]["mailbox"].get<std::uint64_t>() >= 1);
  while (ended < sent) std::this_thread::yield();
}

TEST_CASE("calls, states and inspections find their actor from any node") {
  Cluster cluster;
  for (int i = 0; i < 8; ++i) {
    const std::string actor = "Jar/k" + std::to_string(i);
    const std::string at = cluster.node(i % 2 == 0 ? "one" : "two");

    const auto called = tool("--json " + at + "call " + actor + R"( put '{"coins": 3, "label": "x"}')");
    const auto state = tool("--json " + at + "state " + actor);
    const auto inspected = tool("--json " + at + "inspect " + actor);

    REQUIRE(called.code == 0);
    CHECK(called.parsed()["coins"] == "3");
    REQUIRE(state.code == 0);
    CHECK(state.parsed()["label"] == "x");
    REQUIRE(inspected.code == 0);
    CHECK(inspected.parsed()["actor"] == actor);
  }

  const auto listed = tool("--json " + cluster.data() + "ls Jar --prefix k").parsed();
  CHECK(listed.size() == 8);
}

TEST_CASE("nodes, links and metrics are shown node by node, for people and as JSON") {
  Cluster cluster;

  for (const char* command : {"nodes", "links", "metrics"}) {
    const auto shown = tool(cluster.data() + command);
    const auto parsed = tool("--json " + cluster.data() + command);
    INFO(command << ": " << shown.out);
    CHECK(shown.code == 0);
    CHECK(shown.says("one"));
    CHECK(shown.says("two"));
    CHECK(shown.out.find('\x1b') == std::string::npos);
    CHECK(parsed.code == 0);
    CHECK(parsed.parsed().size() == 2);
  }
}

TEST_CASE("health says of each node that it is well, and turns which take long") {
  Cluster cluster;

  const auto health = tool(cluster.data() + "health");
  const auto turns = tool(cluster.data() + "turns --over 5s");
  const auto as_json = tool("--json " + cluster.data() + "turns");

  CHECK(health.code == 0);
  CHECK(health.says("one  healthy"));
  CHECK(health.says("two  healthy"));
  CHECK(tool("--json " + cluster.data() + "health").parsed()[0]["healthy"] == true);
  CHECK(turns.code == 0);
  CHECK(turns.says("no slow turns"));
  CHECK(as_json.parsed()[1]["slowTurnMs"] == 1000);
}

TEST_CASE("a refused call ends with 1 and its code, also as JSON") {
  Cluster cluster;

  const auto refused = tool(cluster.node("one") + R"(call Jar/a take '{"coins": 5}')");
  const auto as_json = tool("--json " + cluster.node("one") + R"(call Jar/a take '{"coins": 5}')");

  CHECK(refused.code == 1);
  CHECK(refused.says("refused(too_few): there are not that many"));
  CHECK(as_json.code == 1);
  CHECK(as_json.parsed()["error"]["code"] == "too_few");
}

TEST_CASE("bad input gets a sentence that says what to do, and its exit code") {
  Cluster cluster;
  const std::string one = cluster.node("one");
  const auto bad = [&](const std::string& arguments, int code, std::string_view says) {
    const auto got = tool(one + arguments);
    INFO(arguments << " -> " << got.code << ": " << got.out);
    CHECK(got.code == code);
    CHECK(got.says(says));
  };

  bad("call Jar/a put '{\"coins\": }'", 2, "line 1, column 11");
  bad("call Jar/a put '{\"coin\": 1}'", 2, "unknown field 'coin'");
  bad("call Jar/a put '{\"coins\": \"many\"}'", 2, "coins: wanted a whole number");
  bad("call Jar/a putt", 4, "did you mean 'put'?");
  bad("call Jug/a put", 4, "Jug");
  bad("inspect Jug/a", 4, "Jug");
  bad("state Jar/never", 4, "no state");
  bad("inspect Jar/never", 4, "it never was, or was erased");
  bad("restarts Jug/a", 4, "Jug");
  bad("inspect Jar", 2, "write SERVICE/KEY");
  bad("inspect Jar/" + std::string(300, 'x'), 2, "256");
  bad("ls Jug", 4, "Jug");
  bad("frobnicate", 2, "frobnicate");
  bad("db frobnicate", 2, "frobnicate");
  bad("", 2, "lists the commands");
  bad("--timeout 2parsecs nodes", 2, "parsecs");
  bad("db stats " + (cluster.folder / "one").string(), 1, "one");
}

TEST_CASE("a node that is not there ends with 3") {
  troupe::testing::ScratchDirectory folder;

  CHECK(tool("--node " + folder.path().string() + " nodes").code == 3);
  CHECK(tool("--node /nowhere/at/all nodes").code == 3);
  CHECK(tool("--data " + folder.path().string() + " ls").code == 3);
  CHECK(tool("nodes").code == 2);
}

TEST_CASE("errors are JSON where JSON was asked for, those of the command line too") {
  for (const std::string wrong :
       {"frobnicate", "ls --limit many", "--timeout 2parsecs nodes", "inspect", "", "--node /nowhere/at/all nodes"}) {
    const auto error = tool("--json " + wrong);
    INFO(wrong << ": " << error.out);
    CHECK(error.code != 0);
    REQUIRE(error.parsed().is_object());
    CHECK_FALSE(error.parsed()["error"]["message"].get<std::string>().empty());
  }
}

TEST_CASE("the tool tells its version") {
  const auto version = tool("--version");

  CHECK(version.code == 0);
  CHECK(version.out.starts_with("troupe 0."));
}

TEST_CASE("services are said once for the cluster, with who has how many of their actors") {
  Cluster cluster;
  for (int i = 0; i < 8; ++i) REQUIRE(tool(cluster.data() + "call Jar/k" + std::to_string(i) + " put '{}'").code == 0);

  const auto services = tool(cluster.data() + "services");

  INFO(services.out);
  const auto first = services.out.find("Jar  state");
  REQUIRE(first != std::string::npos);
  CHECK(services.out.find("Jar  state", first + 1) == std::string::npos);
  CHECK(services.says("; 8 live (one "));
  CHECK(services.says(", two "));
}

TEST_CASE("ls and inspect agree on how often an actor was restarted") {
  Cluster cluster;
  const std::string actor = "Jar/a";
  REQUIRE(tool(cluster.data() + "call " + actor + " put '{\"coins\": 1}'").code == 0);
  REQUIRE(tool(cluster.data() + "call " + actor + " smash").code == 1);
  REQUIRE(tool(cluster.data() + "call " + actor + " count").code == 0);

  const auto listed = tool("--json " + cluster.data() + "ls Jar").parsed();
  const auto inspected = tool("--json " + cluster.data() + "inspect " + actor).parsed();

  REQUIRE(listed.size() == 1);
  CHECK(inspected["restarts"] == 1);
  CHECK(listed[0]["restarts"] == 1);
}

TEST_CASE("a number past the range of its option is wrong usage, and the option is named") {
  struct Row {
    const char* before;
    const char* option;
    std::vector<const char*> past;
  };
  const Row rows[] = {
      {"nodes", "--timeout", {"0", "-1", "1e400s", "nan", "99999999999999999999ms", "2h"}},
      {"nodes", "--every", {"0", "-1", "1e9", "nan", "inf", "soon"}},
      {"turns", "--slow", {"-1ms", "25h", "99999999999999999999"}},
      {"ls", "--limit", {"0", "-1", "10000001", "99999999999999999999", "1.5"}},
      {"restarts", "--limit", {"0", "-1", "1001"}},
  };

  for (const Row& row : rows) {
    for (const char* value : row.past) {
      const auto outcome = tool(std::string("--node /nowhere ") + row.before + " " + row.option + "=" + value);
      CAPTURE(row.option);
      CAPTURE(value);
      CHECK(outcome.code == 2);
      CHECK(outcome.says(row.option));
    }
  }
}

TEST_CASE("every shell gets a completion script that knows the commands") {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const auto script = tool(std::string("completion ") + shell);
    CHECK(script.code == 0);
    CHECK(script.says("inspect"));
    CHECK(script.says("verify"));
  }
  CHECK(tool("completion tcsh").code == 2);
  CHECK(tool("completion bash | bash -n").code == 0);
  CHECK(tool("--help").says("3 a node that was asked does not answer"));
}

// `troupe up --reload`: a cluster that runs becomes what its file says now, or stays as it is.
#include "scenario/troupe_up/up_stage.h"

using namespace troupe::testing::up;

namespace {

// A cluster that is up, whose file may be written anew.
class Running : public Cluster {
 public:
  explicit Running(const std::string& text) : Cluster(text), process(up()) {
    INFO(process.said());
    REQUIRE(process.says(" up; logs in ", 30s));
  }
  ~Running() {
    process.send_signal(SIGINT);
    (void)process.finish(30s);
  }
  // What it ends with when the file says `text`.
  troupe::testing::Outcome becomes(const std::string& text, const std::string& options = {}) const {
    std::ofstream(file) << text;
    return tool("up --reload " + options + " " + file.string());
  }
  [[nodiscard]] json children() const {
    return tool("--json --node " + (dir / "logs").string() + " tree").parsed()[0]["supervision"]["children"];
  }
  ChildProcess process;
};

}  // namespace

TEST_CASE("a reload starts what is new, takes out what is gone, rolls what has changed, and leaves the rest alone") {
  Running cluster(kTop + steady("a") + steady("b") + steady("c"));
  const int a = cluster.pid("a"), b = cluster.pid("b"), c = cluster.pid("c");

  const auto outcome =
      cluster.becomes(kTop + steady("a") + steady("x") +
                      child("c", "trap \"exit 0\" TERM; echo second; echo ready; while :; do sleep 0.01; done"));

  INFO(outcome.out);
  CHECK(outcome.code == 0);
  CHECK(outcome.says("1 to start, 1 to take out, 1 to roll"));
  CHECK(outcome.says("done\n"));
  CHECK(cluster.pid("a") == a);
  CHECK(cluster.pid("c") != c);
  CHECK(gone(b));
  CHECK(gone(c));
  const auto children = cluster.children();
  REQUIRE(children.size() == 3);
  CHECK(children[1]["id"] == "x");
  CHECK(cluster.process.says("c | second", 30s));
  CHECK(cluster.becomes(content(cluster.file)).says("0 to start, 0 to take out, 0 to roll"));
  CHECK(cluster.becomes(content(cluster.file), "--all").says("0 to start, 0 to take out, 3 to roll"));
  CHECK(cluster.pid("a") != a);
}

TEST_CASE("a file that is wrong, or says what cannot change, is refused, and nothing changes") {
  Running cluster(kTop + steady("a") + steady("b"));
  const int a = cluster.pid("a");
  const std::string good = content(cluster.file);
  const std::string other = child("a", "echo ready; exec sleep 1000");

  for (const auto& [text, why] :
       {std::pair(kTop + other + "colour = 'red'\n", "unknown key 'colour'"),
        std::pair(kTop + other + steady("a"), "two children have this id"),
        std::pair("name = 'other'\n" + kTop + other, "'name' cannot change while the cluster runs"),
        std::pair(kTop + "strategy = 'one_for_all'\n" + other, "the policy of [supervision] cannot change"),
        std::pair(kTop + steady("b") + other, "the order of 'a' and 'b' cannot change"),
        std::pair(kTop + child("a", "true", "node = 'n'\n"), "both or none")}) {
    const auto outcome = cluster.becomes(text);
    INFO(outcome.out);
    CHECK(outcome.code == 2);
    CHECK(outcome.says(why));
  }
  CHECK(cluster.pid("a") == a);
  CHECK(cluster.children().size() == 2);
  const auto elsewhere = cluster.becomes("log_dir = 'elsewhere'\n[supervision]\n" + other);
  CHECK(elsewhere.code == 3);
  CHECK(elsewhere.says("no `troupe up` of this file answers"));
  CHECK(cluster.becomes(good).code == 0);
  CHECK(tool("up --reload " + (cluster.dir / "none.toml").string()).code == 4);
  CHECK(tool("up --all " + cluster.file.string()).code == 2);
}

TEST_CASE("what does not come back stops the roll, and the earlier file is the way back") {
  const std::string first = kTop + steady("a") + steady("b");
  Running cluster(first);
  const int b = cluster.pid("b");
  const std::string broken = child("a", "echo the port is taken; exit 3");
  const std::string changed = child("b", "trap \"exit 0\" TERM; echo ready; while :; do sleep 0.02; done");

  const auto stopped = cluster.becomes(kTop + broken + changed);
  INFO(stopped.out);
  CHECK(stopped.code == 1);
  CHECK(
      stopped.says("it stopped halfway: a did not come back: exit code 3 before it was ready; it said last: "
                   "the port is taken"));
  CHECK(cluster.pid("b") == b);
  CHECK(cluster.children()[0]["status"] == "failed");

  const auto back = cluster.becomes(first);
  CHECK(back.code == 0);
  CHECK(back.says("0 to start, 0 to take out, 1 to roll"));
  CHECK(cluster.children()[0]["status"] == "running");
  CHECK(cluster.pid("b") == b);
}

TEST_CASE("a reload goes on when its client goes, and the same command again shows it") {
  Running cluster(kTop + steady("a"));
  std::ofstream(cluster.file) << kTop + steady("a") +
                                     child("b", "while [ ! -e go ]; do sleep 0.01; done; echo ready; exec sleep 1000");
  {
    ChildProcess client({TROUPE_TOOL, "up", "--reload", cluster.file.string()});
    REQUIRE(client.says("b: starting, new", 30s));
    client.send_signal(SIGINT);
    (void)client.finish(30s);
  }
  ChildProcess client({TROUPE_TOOL, "up", "--reload", "--json", cluster.file.string()});
  REQUIRE(client.says("b: starting, new", 30s));
  const auto other = tool("up --reload --all " + cluster.file.string());
  CHECK(other.code == 1);
  CHECK(other.says("another change is under way"));
  std::ofstream(cluster.dir / "go") << "now";

  CHECK(client.finish(30s) == 0);
  CHECK(client.said().find("{\"state\":\"done\"}") != std::string::npos);
  CHECK(cluster.children().size() == 2);
}

TEST_CASE("up is stopped while it changes") {
  Running cluster(kTop + steady("a"));
  std::ofstream(cluster.file) << kTop + steady("a") + child("b", "while :; do sleep 0.01; done");
  ChildProcess client({TROUPE_TOOL, "up", "--reload", cluster.file.string()});
  REQUIRE(client.says("b: starting, new", 30s));

  cluster.process.send_signal(SIGINT);

  CHECK(cluster.process.finish(30s) == 0);
  CHECK(client.finish(30s) != 0);
  CHECK(gone(cluster.pid("a")));
}

// `troupe up` as its user meets it: the binary, a file, real programs, signals and exit codes.
#include "scenario/troupe_up/up_stage.h"

using namespace troupe::testing::up;

TEST_CASE("up starts a cluster, restarts what dies, shows it, and stops it in reverse") {
  const Cluster cluster(kTop + steady("a") + steady("b"));
  ChildProcess up = cluster.up();
  const bool is_up = up.says("2 processes are up", 30s);
  INFO(up.said());
  REQUIRE(is_up);

  const int first = cluster.pid("a");
  REQUIRE(::kill(first, SIGKILL) == 0);
  const bool restarted = up.says("a: ready after", 30s, 2);
  const auto tree = tool("--node " + (cluster.dir / "logs").string() + " tree");
  const auto same = tool("--json --data " + (cluster.dir / "logs").string() + " tree");
  up.send_signal(SIGINT);
  const int code = up.finish(30s);

  INFO(up.said());
  REQUIRE(restarted);
  CHECK(code == 0);
  for (const char* line : {"troupe up: a: started as process ", "troupe up: a: ready after ", "a | ready\n",
                           "child \"a\" of the top supervisor crashed: signal SIGKILL", "one_for_one restarts it",
                           "stopping; a second signal kills", "troupe up: stopped\n"})
    CHECK(up.said().find(line) != std::string::npos);
  CHECK(up.said().find("b: stopped: exit code 0") < up.said().find("a | bye a"));
  CHECK(tree.code == 0);
  CHECK(tree.says("cluster  processes\n"));
  CHECK(tree.says("at most 2 restarts in 10 min"));
  CHECK(tree.says("a  /bin/sh -c trap"));
  CHECK(tree.says("; permanent, shutdown within 5 s; running, process "));
  CHECK(tree.says(", 1 restart; last: signal SIGKILL"));
  REQUIRE(same.code == 0);
  CHECK(same.parsed()[0]["supervision"]["children"][0]["pid"] == cluster.pid("a"));
  CHECK(first != cluster.pid("a"));
  CHECK(gone(cluster.pid("a")));
  CHECK(gone(cluster.pid("b")));
  CHECK(content(cluster.dir / "logs/b.log").find("bye b") != std::string::npos);
}

TEST_CASE("up makes a secret for the links of its processes, private, and names it to them; another can be named") {
  const std::string reports = "stat -c 'secret %a %n' \"$TROUPE_LINK_SECRET\"; ";
  const std::string waits = "trap \"exit 0\" TERM; echo ready; while :; do sleep 0.01; done";
  const Cluster made(kTop + child("a", reports + waits));
  ChildProcess up = made.up();
  const bool told = up.says("a | secret 600 " + (made.dir / "logs/link.secret").string() + "\n", 30s);
  up.send_signal(SIGINT);
  CHECK(up.finish(30s) == 0);
  INFO(up.said());
  CHECK(told);
  CHECK(content(made.dir / "logs/link.secret").size() == 65);

  const Cluster named("link_secret = 'mine'\n" + kTop + child("a", reports + waits));
  ChildProcess other = named.up();
  CHECK(other.says("a | secret 600 " + (named.dir / "mine").string() + "\n", 30s));
  other.send_signal(SIGINT);
  CHECK(other.finish(30s) == 0);
}

TEST_CASE("up names a directory to its processes where their coordinator may be") {
  const Cluster cluster(kTop + child("a",
                                     "echo \"in $TROUPE_COORDINATOR.\"; trap \"exit 0\" TERM; echo ready; while :; do "
                                     "sleep 0.01; done"));
  ChildProcess up = cluster.up();
  CHECK(up.says("a | in " + (cluster.dir / "logs/coordinator").string() + ".\n", 30s));
  up.send_signal(SIGINT);
  CHECK(up.finish(30s) == 0);
}

TEST_CASE("up names certificates to its processes, and none when its file has none") {
  const std::string reports = "echo \"tls=$TROUPE_TLS_DIR.\"; ";
  const std::string waits = "trap \"exit 0\" TERM; echo ready; while :; do sleep 0.01; done";
  const Cluster named("tls = 'certificates'\n" + kTop + child("a", reports + waits));
  const Cluster none(kTop + child("a", reports + waits));

  for (const auto& [cluster, said] : {std::pair(&named, "tls=" + (named.dir / "certificates").string() + "."),
                                      std::pair(&none, std::string("tls=."))}) {
    ChildProcess up = cluster->up();
    CHECK(up.says("a | " + said + "\n", 30s));
    up.send_signal(SIGINT);
    CHECK(up.finish(30s) == 0);
  }
}

TEST_CASE("a cluster that keeps crashing is given up: the rest is stopped, the child named, the exit code 1") {
  const Cluster cluster(kTop + steady("a") + child("b", "echo ready; echo the disk is gone >&2; exit 4"));
  ChildProcess up = cluster.up();

  CHECK(up.finish(30s) == 1);

  INFO(up.said());
  CHECK(up.said().find("troupe up: given up: more than 2 restarts in 10 min; the last crash was of child \"b\" of the "
                       "top supervisor: unhealthy (exit code 4); it said last: the disk is gone\n") !=
        std::string::npos);
  CHECK(up.said().find("a | bye a") != std::string::npos);
  CHECK(gone(cluster.pid("a")));
}

TEST_CASE("a cluster that does not come up stops what had, and says which and why") {
  const Cluster cluster(kTop + steady("a") + child("b", "echo no port; exit 3"));
  ChildProcess up = cluster.up();

  CHECK(up.finish(30s) == 1);

  INFO(up.said());
  CHECK(
      up.said().find("troupe up: child \"b\" of the top supervisor did not start: exit code 3 before it was ready; it "
                     "said last: no port\n") != std::string::npos);
  CHECK(gone(cluster.pid("a")));
}

TEST_CASE("a signal ends a start that takes long") {
  const Cluster cluster(kTop + child("a", "echo not yet; exec sleep 1000", "ready_within_ms = 3600000\n"));
  ChildProcess up = cluster.up();
  REQUIRE(up.says("a | not yet", 30s));

  up.send_signal(SIGTERM);

  CHECK(up.finish(30s) == 0);
  CHECK(up.said().find("troupe up: stopped") != std::string::npos);
}

TEST_CASE("a second signal kills at once what will not stop") {
  const Cluster cluster(kTop + stubborn("a", "shutdown = 'unlimited'\n"));
  ChildProcess up = cluster.up();
  REQUIRE(up.says("1 process is up", 30s));

  up.send_signal(SIGTERM);
  REQUIRE(up.says("stopping", 30s));
  // One that comes soon after the first is taken for the same.
  CHECK(comes_true([&] {
    up.send_signal(SIGTERM);
    up.read_some(100ms);
    return up.said().find("killing what still runs") != std::string::npos;
  }));

  CHECK(up.finish(30s) == 130);
  INFO(up.said());
  CHECK(up.said().find("a: stopped: signal SIGKILL") != std::string::npos);
  CHECK(gone(cluster.pid("a")));
}

TEST_CASE("a signal that comes twice at once, as timeout(1) passes it on, is one") {
  const Cluster cluster(kTop + steady("a"));
  ChildProcess up({"/usr/bin/timeout", "1000", TROUPE_TOOL, "up", cluster.file.string()});
  REQUIRE(up.says("1 process is up", 30s));

  up.send_signal(SIGTERM);

  CHECK(up.finish(30s) == 0);
  INFO(up.said());
  CHECK(up.said().find("a | bye a") != std::string::npos);
  CHECK(up.said().find("killing") == std::string::npos);
}

TEST_CASE("programs die with a supervisor that is killed, also those that ignore SIGTERM") {
  const Cluster cluster(kTop + steady("a") + stubborn("b"));
  ChildProcess up = cluster.up();
  REQUIRE(up.says("2 processes are up", 30s));
  const int a = cluster.pid("a"), b = cluster.pid("b");
  REQUIRE_FALSE(gone(a));
  REQUIRE_FALSE(gone(b));

  up.send_signal(SIGKILL);
  (void)up.finish(30s);  // its threads end one by one, and its socket with the last

  CHECK(comes_true([&] { return gone(a) && gone(b); }));
  // And the next one finds nothing in its way.
  ChildProcess next = cluster.up();
  const bool is_up = next.says("2 processes are up", 30s);
  INFO(next.said());
  CHECK(is_up);
  next.send_signal(SIGTERM);
  CHECK(next.finish(30s) == 0);
}

TEST_CASE("a cluster that is done ends by itself, with exit code 0") {
  const Cluster cluster("log_dir = 'logs'\n[supervision]\nauto_shutdown = 'any_significant'\n" + steady("a") +
                        child("job", "echo ready; exit 0", "restart = 'transient'\nsignificant = true\n"));
  ChildProcess up = cluster.up();

  CHECK(up.finish(30s) == 0);
  INFO(up.said());
  CHECK(up.said().find("shut down: child \"job\" of the top supervisor is significant and ended") != std::string::npos);
}

TEST_CASE("up says what it says as JSON, a line each, and with --quiet no lines of programs") {
  const Cluster cluster(kTop + steady("a"));
  ChildProcess up = cluster.up({"--json"});
  REQUIRE(up.says("1 process is up", 30s));
  up.send_signal(SIGTERM);
  CHECK(up.finish(30s) == 0);
  bool ready = false, started = false;
  std::istringstream lines(up.said());
  for (std::string line; std::getline(lines, line);) {
    const json one = json::parse(line);
    ready = ready || one == json{{"process", "a"}, {"line", "ready"}};
    started = started || (one.value("level", "") == "info" && one.value("message", "").starts_with("a: started as"));
  }
  CHECK(ready);
  CHECK(started);

  ChildProcess quiet = cluster.up({"--quiet"});
  REQUIRE(quiet.says("1 process is up", 30s));
  quiet.send_signal(SIGTERM);
  CHECK(quiet.finish(30s) == 0);
  CHECK(quiet.said().find("a | ") == std::string::npos);
}

TEST_CASE("a second supervisor of one log directory is refused, and the first goes on") {
  const Cluster cluster(kTop + steady("a"));
  ChildProcess up = cluster.up();
  REQUIRE(up.says("1 process is up", 30s));

  ChildProcess second = cluster.up();

  CHECK(second.finish(30s) == 1);
  CHECK(second.said().find("processes.sock") != std::string::npos);
  CHECK_FALSE(gone(cluster.pid("a")));
  up.send_signal(SIGTERM);
  CHECK(up.finish(30s) == 0);
}

TEST_CASE("what is wrong with a cluster file is said with its line and key, and nothing starts") {
  const ScratchDirectory dir;
  const std::string file = (dir / "cluster.toml").string();
  const auto wrong = [&](const std::string& text, const std::string& what) {
    std::ofstream(file) << text;
    const auto outcome = tool("up " + file);
    INFO(outcome.out);
    CHECK(outcome.code == 2);
    CHECK(outcome.says(what));
    CHECK_FALSE(fs::exists(dir / "cluster-logs"));
  };
  wrong("log_dirs = 'x'\n[supervision]\n", file + ":1: unknown key 'log_dirs'; known here: name, log_dir");
  wrong("name = 3\n", file + ":1: 'name' must be a text in quotes");
  wrong("name = 'a'\nenvironment = { A = 1 }\n", file + ":2: 'A' of 'environment' must be a text");
  wrong("environment = { 'A=B' = '1' }\n", file + ":1: the variable 'A=B' of 'environment'");
  wrong("environment = { TROUPE_LINK_SECRET = 'x' }\n", file + ":1: where the secret is, 'link_secret' says");
  wrong("tls = 'x'\nenvironment = { TROUPE_TLS_DIR = 'y' }\n", file + ":2: where the certificates are, 'tls' says");
  wrong("name = 'a'\n", "there is no table [supervision]");
  wrong("name = 'a'\n[supervision]\n", file + ":2: [supervision] has no process");
  wrong("name = \n", file + ":1: ");
  wrong("[supervision]\n[[supervision.children]]\nid = 'a'\nproces = ['x']\n",
        file + ":2: child 'a' of [supervision]: one of");
  wrong("[supervision]\n[[supervision.children]]\nid = 'a'\nprocess = 'x'\n",
        file + ":4: child 'a' of [supervision]: 'process'");
  wrong("[supervision]\n[[supervision.children]]\nid = 'a'\nactor = 'Stock/a'\n",
        file + ":4: child 'a': 'actor' is for the tree of a node; a cluster has 'process'");
  wrong(
      "[supervision]\n[[supervision.children]]\nid = 'a'\nprocess = ['x']\n[[supervision.children]]\nid = 's'\n"
      "[[supervision.children.supervisor.children]]\nid = 'a'\nprocess = ['x']\n",
      file + ":8: child 'a': the process of line 3 has this 'id'");

  CHECK(tool("up " + (dir / "none.toml").string()).code == 4);
  CHECK(tool("up").code == 2);
  CHECK(tool("up --help").code == 0);
  const auto as_json = tool("--json up " + (dir / "none.toml").string());
  CHECK(as_json.parsed()["error"]["kind"] == "not_found");
}

TEST_CASE("the example of the demo shop can be used") {
  const auto outcome = tool("up --check " CLUSTER_EXAMPLE);

  INFO(outcome.out);
  CHECK(outcome.code == 0);
  CHECK(outcome.says("one_for_one, at most 5 restarts in 1 min"));
  CHECK(outcome.says("shop-3  "));
  CHECK(outcome.says("shutdown within 10 s"));
}

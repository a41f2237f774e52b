// What a supervisor of real processes does about one that ended: the policies of troupe/supervision.h, with signals and
// exit codes.
#include "troupe/admin_client.h"
#include "unit/processes/programs.h"

using namespace troupe;
using namespace troupe::processes::testing;

namespace {

// Runs until somebody makes `<id>.end`, then ends with the code in it.
ChildSpec told(const Place& place, const std::string& id, Restart restart) {
  ChildSpec child = place.shell(id, "echo ready; while [ ! -e " + id + ".end ]; do sleep 0.01; done; code=$(cat " + id +
                                        ".end); rm " + id + ".end; exit $code");
  child.restart = restart;
  return child;
}
void tell(const Place& place, const std::string& id, int code) {
  std::ofstream(place.dir / (id + ".new")) << code;
  fs::rename(place.dir / (id + ".new"), place.dir / (id + ".end"));
}
std::string status_of(const ProcessTree& tree, std::size_t child) { return tree.view().children.at(child).status; }

}  // namespace

TEST_CASE("a process that is killed starts again, at once and then after a wait that doubles") {
  Place place;
  place.options.tree.intensity = {.restarts = 3, .within = 1h};
  place.options.tree.backoff = {.first = 20ms, .most = 1s};
  place.options.tree.children = {place.steady("a"), place.steady("b")};
  ProcessTree tree(place.options);
  tree.start();
  const int a = tree.pid("a"), b = tree.pid("b");

  REQUIRE(::kill(a, SIGKILL) == 0);
  REQUIRE(comes_true([&] { return tree.restarts("a") == 1; }));
  for (std::uint64_t restart = 2; restart <= 3; ++restart) {
    tree.kill("a");
    REQUIRE(tree.wait_up(kPatience));
    CHECK(tree.restarts("a") == restart);
  }

  CHECK(tree.pid("a") != a);
  CHECK(tree.pid("b") == b);
  CHECK(tree.restarts("b") == 0);
  const std::string crashed = "child \"a\" of the top supervisor crashed: signal SIGKILL; it said last: ready; ";
  INFO(place.all());
  CHECK(place.count(crashed + "one_for_one restarts it") == 3);
  CHECK(place.count(crashed + "one_for_one restarts it in 20 ms") == 1);
  CHECK(place.count(crashed + "one_for_one restarts it in 40 ms") == 1);
}

TEST_CASE("a permanent process always starts again, a transient one unless it ended with 0, a temporary one never") {
  Place place;
  place.options.tree.intensity = {.restarts = 10, .within = 1h};
  place.options.tree.backoff = {.first = 0ms, .most = 0ms};
  place.options.tree.children = {told(place, "permanent", Restart::permanent),
                                 told(place, "transient", Restart::transient),
                                 told(place, "temporary", Restart::temporary)};
  ProcessTree tree(place.options);
  tree.start();

  tell(place, "permanent", 0);
  REQUIRE(comes_true([&] { return tree.restarts("permanent") == 1; }));
  tell(place, "transient", 1);
  REQUIRE(comes_true([&] { return tree.restarts("transient") == 1; }));
  tell(place, "transient", 0);
  tell(place, "temporary", 1);
  REQUIRE(comes_true([&] { return status_of(tree, 1) == "ended" && status_of(tree, 2) == "ended"; }));

  CHECK(tree.wait_up(kPatience));
  CHECK(tree.pid("permanent") != 0);
  CHECK(tree.pid("transient") == 0);
  CHECK(tree.pid("temporary") == 0);
  CHECK(tree.restarts("transient") == 1);
  CHECK(tree.restarts("temporary") == 0);
  CHECK(place.heard("child \"transient\" of the top supervisor crashed: exit code 1"));
  CHECK(comes_true([&] {
    return place.heard("child \"temporary\" of the top supervisor ended and is temporary, so it stays so: exit code 1");
  }));
}

TEST_CASE("a process that ends as unhealthy is called so") {
  Place place;
  place.options.tree.children = {told(place, "a", Restart::permanent)};
  ProcessTree tree(place.options);
  tree.start();

  tell(place, "a", kUnhealthyExitCode);
  REQUIRE(comes_true([&] { return tree.restarts("a") == 1; }));

  CHECK(
      place.heard("child \"a\" of the top supervisor crashed: unhealthy (exit code 4); it said last: ready; one_for"));
  CHECK(tree.view().children[0].last_cause.starts_with("unhealthy (exit code 4)"));
}

TEST_CASE("rest_for_one restarts the process that died and those after it, stopped in reverse and started in order") {
  Place place;
  place.options.tree.strategy = Strategy::rest_for_one;
  place.options.tree.children = {place.steady("a"), place.steady("b"), place.steady("c"), place.steady("d")};
  ProcessTree tree(place.options);
  tree.start();
  const int a = tree.pid("a"), b = tree.pid("b"), c = tree.pid("c"), d = tree.pid("d");
  place.forget_journal();

  tree.kill("b");
  REQUIRE(tree.wait_up(kPatience));

  CHECK(place.journal() == "stop d\nstop c\nstart b\nup b\nstart c\nup c\nstart d\nup d\n");
  CHECK(tree.pid("a") == a);
  CHECK(tree.pid("b") != b);
  CHECK(tree.pid("c") != c);
  CHECK(tree.pid("d") != d);
}

TEST_CASE("one_for_all restarts every process") {
  Place place;
  place.options.tree.strategy = Strategy::one_for_all;
  place.options.tree.children = {place.steady("a"), place.steady("b"), place.steady("c")};
  ProcessTree tree(place.options);
  tree.start();
  const int a = tree.pid("a"), c = tree.pid("c");
  place.forget_journal();

  tree.kill("b");
  REQUIRE(tree.wait_up(kPatience));

  CHECK(place.journal() == "stop c\nstop a\nstart a\nup a\nstart b\nup b\nstart c\nup c\n");
  CHECK(tree.pid("a") != a);
  CHECK(tree.pid("c") != c);
}

TEST_CASE("past the intensity the tree is given up: the others stop in reverse, and who gave up is said") {
  Place place;
  place.options.tree.intensity = {.restarts = 1, .within = 1h};
  place.options.tree.children = {place.steady("a"), told(place, "b", Restart::permanent), place.steady("c")};
  ProcessTree tree(place.options);
  tree.start();
  tell(place, "b", 7);
  REQUIRE(comes_true([&] { return tree.restarts("b") == 1; }));
  place.forget_journal();

  tell(place, "b", 7);
  const auto ended = tree.wait();

  REQUIRE(ended.has_value());
  CHECK(ended->given_up);
  CHECK(ended->why ==
        "more than 1 restart in 1 h; the last crash was of child \"b\" of the top supervisor: exit code 7; it "
        "said last: ready");
  CHECK(place.journal() == "stop c\nstop a\n");
  for (const char* id : {"a", "b", "c"}) CHECK(tree.pid(id) == 0);
  CHECK(tree.view().status == "given_up");
  CHECK_FALSE(tree.wait_up(0ms));
  tree.stop();
  CHECK(tree.ended().has_value());
}

TEST_CASE("a process that does not come up again has crashed once more") {
  Place place;
  place.options.tree.intensity = {.restarts = 1, .within = 1h};
  auto once = place.shell("a", "if [ -e been ]; then exec sleep 1000; fi; > been; echo ready; exec sleep 1000");
  std::get<ProcessStart>(once.start).ready_within = 2s;
  place.options.tree.children = {once};
  ProcessTree tree(place.options);
  tree.start();

  tree.kill("a");
  const auto ended = tree.wait();

  REQUIRE(ended.has_value());
  CHECK(ended->why.find("it did not start again: never ready within 2 s") != std::string::npos);
}

TEST_CASE("a supervisor of processes that gives up is one crash at its parent, which restarts it whole") {
  Place place;
  ChildSpec below;
  below.id = "below";
  below.start =
      Supervision{.intensity = {.restarts = 0, .within = 1h}, .children = {place.steady("a"), place.steady("b")}};
  place.options.tree.children = {place.steady("first"), below};
  ProcessTree tree(place.options);
  tree.start();
  const int first = tree.pid("first"), a = tree.pid("a"), b = tree.pid("b");

  tree.kill("b");
  REQUIRE(tree.wait_up(kPatience));

  CHECK(tree.pid("first") == first);
  CHECK(tree.pid("a") != a);
  CHECK(tree.pid("b") != b);
  CHECK(place.heard("child \"below\" of the top supervisor gives up: more than 0 restarts"));
}

TEST_CASE("a process that has ended is started again from outside, over the socket of its tree") {
  Place place;
  place.options.tree.children = {place.steady("a"), told(place, "b", Restart::temporary)};
  ProcessTree tree(place.options);
  tree.start();
  tell(place, "b", 0);
  REQUIRE(comes_true([&] { return tree.pid("b") == 0; }));
  AdminClient client(place.options.log_dir / "processes.sock");

  const auto restarted = client.request("POST", "/tree/restart?id=b", {}, kPatience).value();
  const auto running = client.request("POST", "/tree/restart?id=a", {}, kPatience).value();
  const auto unknown = client.request("POST", "/tree/restart?id=none", {}, kPatience).value();

  CHECK(restarted.status == 200);
  CHECK(tree.pid("b") != 0);
  CHECK(running.status == 400);
  CHECK(running.json.find("it is running") != std::string::npos);
  CHECK(unknown.status == 404);
}

TEST_CASE("a tree of processes shuts itself down when a significant one has ended") {
  Place place;
  place.options.tree.auto_shutdown = AutoShutdown::any_significant;
  auto job = told(place, "job", Restart::transient);
  job.significant = true;
  place.options.tree.children = {place.steady("a"), job};
  ProcessTree tree(place.options);
  tree.start();
  place.forget_journal();

  tell(place, "job", 0);
  const auto ended = tree.wait();

  REQUIRE(ended.has_value());
  CHECK_FALSE(ended->given_up);
  CHECK(ended->why == "child \"job\" of the top supervisor is significant and ended: exit code 0");
  CHECK(place.journal() == "stop a\n");
}

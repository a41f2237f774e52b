// A tree starts with its node and stops with it: order, failed starts, who is kept active, and where.
#include "contract/supervision/workers.h"

using namespace troupe;
using namespace troupe::contract;

TEST_CASE("children run when start() returns, started in order, and stop in reverse with their node") {
  Plant plant;
  plant.supervise({.children = {worker("x"), below("s", three(Strategy::one_for_one)), worker("z")}});
  CHECK(plant.journal.take() == "start x, start a, start b, start c, start z");
  CHECK(plant.child("z").status == "running");
  CHECK(plant.child("b", "s").what == "Worker/b");

  plant.node().stop();

  CHECK(plant.journal.take() == "stop z, stop c, stop b, stop a, stop x");
  CHECK(error_of([&] { return plant.node().supervision().view(); }).kind() == ErrorKind::unavailable);
}

TEST_CASE("a child that does not start fails start(), which names it, after those before it stopped in reverse") {
  Plant plant;
  plant.journal.fail("c");

  const Error error = error_of([&] {
    plant.supervise({.children = {worker("x"), below("s", three(Strategy::one_for_one)), worker("z")}});
    return 0;
  });

  CHECK(error.kind() == ErrorKind::failed);
  CHECK(error.message() ==
        "what this node supervises could not be started: child \"c\" of supervisor s did not start: Worker/c crashed "
        "while it was activated: the test wants no start");
  CHECK(plant.journal.take() == "start x, start a, start b, fail c, stop b, stop a, stop x");
  CHECK(error_of([&] { return plant.total("x"); }).kind() == ErrorKind::unavailable);
  plant.journal.fail("c", false);
  plant.node().start();
  CHECK(plant.total("c") == 0);
}

TEST_CASE("a supervised actor is not passivated when it is idle, and others are") {
  Plant plant([](NodeConfig& config) { config.idle_after = 40ms; });
  plant.supervise({.children = {worker("kept")}});
  plant.add("other", 1);

  CHECK(eventually([&] { return plant.journal.count("stop other") == 1; }));
  plant.add("another", 1);
  CHECK(eventually([&] { return plant.journal.count("stop another") == 1; }));

  CHECK(plant.journal.count("stop kept") == 0);
  CHECK(plant.add("kept", 1) == 1);
}

TEST_CASE("a tree that names what the node does not host, or one actor twice, does not start") {
  const auto wrong = [](Supervision tree) {
    Plant plant;
    const Error error = error_of([&] { return plant.supervise(std::move(tree)), 0; });
    CHECK(error.kind() == ErrorKind::invalid);
    return error.message();
  };
  ChildSpec child = worker("a");
  child.start = ActorStart{"Wroker", "a"};
  CHECK(wrong({.children = {below("s", {.children = {child}})}}) ==
        "Supervision: child \"a\" of supervisor s: no service named Wroker is hosted on this node; it hosts: Worker, "
        "Helper");
  child.start = ProcessStart{.command = {"shop"}};
  CHECK(wrong({.children = {child}})
            .starts_with("Supervision: child \"a\" of the top supervisor: it is a process, which no node runs"));
  ChildSpec twin = worker("a");
  twin.id = "twin";
  CHECK(wrong({.children = {worker("a"), twin}}) ==
        "Supervision: child \"twin\" of the top supervisor: Worker/a is supervised already, as child \"a\" of the top "
        "supervisor");
  ChildSpec whole;
  whole.id = "all";
  whole.start = service_start<Worker>();
  CHECK(wrong({.children = {worker("a"), whole}}).find("service Worker is supervised already, as child \"a\"") !=
        std::string::npos);
  CHECK(wrong({.children = {worker("a"), worker("a")}}).find("two children have this id") != std::string::npos);
}

TEST_CASE("supervise() comes once and before start(), and supervision() after it") {
  Plant plant;
  CHECK(error_of([&] { return plant.node().supervision().view(); }).kind() == ErrorKind::invalid);
  plant.node().supervise(three(Strategy::one_for_one));
  CHECK(error_of([&] { return plant.node().supervise({}), 0; }).message().find("twice") != std::string::npos);
  plant.node().start();
  CHECK(error_of([&] { return plant.node().supervise({}), 0; }).message().find("after start()") != std::string::npos);

  Plant bare;
  bare.node().start();
  CHECK(error_of([&] { return bare.node().supervision().view(); }).message().find("no tree") != std::string::npos);
}

TEST_CASE("an actor that another node owns is that node's to keep") {
  testing::ScratchDirectory directory;
  Journal journal[2];
  std::vector<Member> members{{.name = "one"}, {.name = "two"}};
  std::vector<std::unique_ptr<Node>> nodes;
  Supervision tree;
  for (int i = 0; i < 8; ++i) tree.children.push_back(worker("w" + std::to_string(i)));
  for (int i = 0; i < 2; ++i) {
    NodeConfig config{.name = members[i].name, .data_dir = directory / members[i].name, .members = members};
    nodes.push_back(std::make_unique<Node>(std::move(config)));
    Plant::host(*nodes[i], journal[i]);
    nodes[i]->supervise(tree).start();
  }

  int here = 0;
  const auto one = nodes[0]->supervision().which_children("");
  const auto two = nodes[1]->supervision().which_children("");
  for (std::size_t i = 0; i < 8; ++i) {
    CAPTURE(one[i].id);
    here += one[i].status == "running";
    CHECK(((one[i].status == "running" && two[i].status == "elsewhere" && two[i].node == "one") ||
           (two[i].status == "running" && one[i].status == "elsewhere" && one[i].node == "two")));
    CHECK(journal[0].count("start " + one[i].id) + journal[1].count("start " + one[i].id) == 1);
  }
  CHECK(here > 0);
  CHECK(here < 8);
  CHECK(nodes[0]->supervision().count_children("").active == static_cast<std::size_t>(here));
}

TEST_CASE("the tree is shown as it was declared, with how it stands") {
  Plant plant;
  Supervision tree = three(Strategy::rest_for_one, {1, 5s});
  tree.children[1].restart = Restart::transient;
  tree.children[2].shutdown = Shutdown::kill();
  plant.supervise({.intensity = {3, 10s}, .children = {below("s", tree)}});
  (void)plant.crash("b");
  REQUIRE(eventually([&] { return plant.child("b", "s").restarts == 1; }));

  const auto [status, json] = plant.node().admin("GET", "/tree", "");

  CHECK(status == 200);
  const auto has = [&, &text = json](const std::string& part) { return text.find(part) != std::string::npos; };
  CHECK(
      has("\"supervision\":{\"id\":\"\",\"kind\":\"supervisor\",\"what\":\"one_for_one, at most 3 restarts in 10 s, "
          "backoff 10 ms to 2 s\","
          "\"status\":\"running\",\"restarts\":0"));
  CHECK(has("\"what\":\"rest_for_one, at most 1 restart in 5 s, backoff 1 ms to 5 ms\""));
  CHECK(
      has("{\"id\":\"b\",\"kind\":\"actor\",\"what\":\"Worker/b\",\"status\":\"running\",\"restart\":\"transient\","
          "\"shutdown\":\"within 5 s\",\"significant\":false,\"dynamic\":false,\"restarts\":1,"
          "\"lastCause\":\"crash: the test wants a crash\"}"));
  CHECK(has("\"shutdown\":\"kill\""));
}

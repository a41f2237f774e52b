// Children of a running tree that are added, stopped, started again and taken away.
#include "contract/supervision/workers.h"

using namespace troupe;
using namespace troupe::contract;

TEST_CASE("a child that is added runs when start_child() returns, and is supervised") {
  Plant plant;
  plant.supervise({.backoff = {1ms, 1ms}, .children = {below("s", {}), worker("a")}});
  auto& tree = plant.node().supervision();
  plant.add("n", 2);  // it ran before, on its own

  tree.start_child("s", worker("n"));

  CHECK(plant.child("n", "s").status == "running");
  CHECK(plant.child("n", "s").dynamic);
  CHECK(plant.add("n", 2) == 4);
  (void)plant.crash("n");
  CHECK(eventually([&] { return plant.child("n", "s").restarts == 1; }));
  CHECK(tree.count_children("s").workers == 1);
  CHECK(error_of([&] { return tree.start_child("s", worker("n")), 0; }).message().find("there is one of that id") !=
        std::string::npos);
  CHECK(
      error_of([&] { return tree.start_child("s", worker("a")), 0; }).message() ==
      "Supervision: child \"a\" of supervisor s: Worker/a is supervised already, as child \"a\" of the top supervisor");
  CHECK(error_of([&] { return tree.start_child("t", worker("m")), 0; }).kind() == ErrorKind::not_found);
}

TEST_CASE("a child that does not start is not added, and its actor is as any other") {
  Plant plant;
  plant.supervise({.children = {worker("a")}});
  plant.journal.fail("n");

  const Error error = error_of([&] { return plant.node().supervision().start_child("", worker("n")), 0; });

  CHECK(error.kind() == ErrorKind::failed);
  CHECK(error.message() == "Worker/n crashed while it was activated: the test wants no start");
  CHECK(plant.node().supervision().count_children("").specs == 1);
  plant.journal.fail("n", false);
  CHECK(plant.add("n", 1) == 1);
}

TEST_CASE("a child that is terminated does not run until it is restarted, and is let go when it is deleted") {
  Plant plant;
  plant.supervise({.children = {worker("a"), worker("b")}});
  auto& tree = plant.node().supervision();
  plant.add("a", 1);
  plant.journal.take();

  tree.terminate_child("", "a");

  CHECK(plant.journal.take() == "stop a");
  CHECK(error_of([&] { return plant.total("a"); }).message() == "Worker/a does not run: its supervisor stopped it");
  tree.restart_child("", "a");
  CHECK(plant.journal.take() == "start a");
  CHECK(plant.total("a") == 1);
  CHECK(error_of([&] { return tree.restart_child("", "a"), 0; }).kind() == ErrorKind::invalid);
  CHECK(error_of([&] { return tree.delete_child("", "a"), 0; }).kind() == ErrorKind::invalid);
  tree.terminate_child("", "a");
  tree.delete_child("", "a");
  CHECK(plant.total("a") == 1);
  CHECK(tree.which_children("").size() == 1);
  tree.start_child("", worker("a"));
  CHECK(plant.child("a").status == "running");
}

TEST_CASE("terminating lets the turn that runs end until its deadline, and then ends it") {
  Plant plant;
  ChildSpec hurried = worker("hurried");
  hurried.shutdown = Shutdown::within(30ms);
  plant.supervise({.children = {hurried}});
  auto holds = plant.worker("hurried").hold([](auto p) { p.setAmount(1); }).future();
  REQUIRE(eventually([&] { return plant.journal.count("hold hurried") == 1; }));

  plant.node().supervision().terminate_child("", "hurried");

  CHECK(error_of([&] { return holds.get(); }).kind() == ErrorKind::unavailable);
  CHECK(plant.logged(LogLevel::warn,
                     "child \"hurried\" of the top supervisor did not stop by its deadline and is killed"));
}

TEST_CASE("commands wait for one another, and end when the node stops") {
  Plant plant;
  ChildSpec slow = worker("slow");
  slow.shutdown = Shutdown::unlimited();
  plant.supervise({.children = {slow}});
  auto holds = plant.worker("slow").hold([](auto p) { p.setAmount(1); }).future();
  REQUIRE(eventually([&] { return plant.journal.count("hold slow") == 1; }));
  auto& tree = plant.node().supervision();
  auto terminated =
      std::async(std::launch::async, [&] { return error_of([&] { return tree.terminate_child("", "slow"), 0; }); });
  REQUIRE(plant.comes_to("slow", "stopping"));

  plant.node().stop(20ms);

  CHECK(terminated.get().kind() == ErrorKind::unavailable);
  CHECK(error_of([&] { return holds.get(); }).kind() == ErrorKind::unavailable);
}

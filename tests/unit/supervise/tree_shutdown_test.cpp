// How children of a tree are stopped, and how significant ones end their supervisor.
#include <doctest/doctest.h>

#include "unit/supervise/tree_stage.h"

using namespace troupe;
using namespace troupe::supervise;
using namespace troupe::supervise::testing;

namespace {

ChildSpec with(ChildSpec spec, Shutdown shutdown) {
  spec.shutdown = shutdown;
  return spec;
}

Supervision jobs(AutoShutdown when) {
  return {.intensity = {5, 10s},
          .auto_shutdown = when,
          .children = {worker("base"), significant("j1"), significant("j2", Restart::temporary)}};
}

}  // namespace

TEST_CASE("a child is asked to stop, and killed at its deadline") {
  Stage stage({.children = {worker("a"), with(worker("b"), Shutdown::within(300ms))}});
  stage.start();
  stage.slow = {"b"};

  CHECK(stage.stop() == "stop b");
  CHECK(stage.status("b") == "stopping");
  CHECK(stage.advance(299ms) == "");
  CHECK(stage.advance(1ms) == "kill b, stop a, tree stopped");
}

TEST_CASE("a child that names no shutdown has five seconds") {
  Stage stage({.children = {worker("a")}});
  stage.start();
  stage.slow = {"a"};
  stage.stop();

  CHECK(stage.advance(4999ms) == "");
  CHECK(stage.advance(1ms) == "kill a, tree stopped");
  CHECK(stage.view("a").shutdown == "within 5 s");
}

TEST_CASE("brutal kill asks nobody, and unlimited waits for ever") {
  Stage stage({.children = {with(worker("a"), Shutdown::unlimited()), with(worker("b"), Shutdown::kill())}});
  stage.start();
  stage.slow = {"a", "b"};

  CHECK(stage.stop() == "kill b, stop a");
  CHECK(stage.advance(24h) == "");
  CHECK(stage.stopped("a") == "tree stopped");
}

TEST_CASE("a supervisor is given all the time its children need, unless it has a deadline of its own") {
  const Supervision inner{
      .children = {with(worker("i1"), Shutdown::unlimited()), with(worker("i2"), Shutdown::within(1h))}};
  SUBCASE("none") {
    Stage stage({.children = {worker("a"), below("s", inner)}});
    stage.start();
    stage.slow = {"i1", "i2"};
    CHECK(stage.stop() == "stop i2");
    CHECK(stage.advance(1h) == "kill i2, stop i1");
    CHECK(stage.advance(24h) == "");
    CHECK(stage.stopped("i1") == "stop a, tree stopped");
  }
  SUBCASE("its own") {
    Stage stage({.children = {worker("a"), with(below("s", inner), Shutdown::within(2s))}});
    stage.start();
    stage.slow = {"i1", "i2"};
    CHECK(stage.stop() == "stop i2");
    CHECK(stage.advance(2s) == "kill i2, kill i1, stop a, tree stopped");
  }
}

TEST_CASE("the tree stops while a child starts, as soon as that is known") {
  Stage stage({.children = {worker("a"), worker("b")}});
  stage.slow = {"b"};
  CHECK(stage.start() == "start a, start b");
  CHECK(stage.stop() == "");
  stage.slow.clear();

  CHECK(stage.started("b") == "stop b, stop a, tree stopped");
}

TEST_CASE("any_significant: the first significant child that ends for good shuts its supervisor down") {
  Stage stage(jobs(AutoShutdown::any_significant));
  stage.start();
  CHECK(stage.crash("j1") == "start j1");  // it is restarted: nothing has ended

  CHECK(stage.end("j1") == "stop j2, stop base, tree shut down");

  CHECK(stage.status() == "ended");
  CHECK(stage.log.back() == "child \"j1\" of the top supervisor is significant and ended: done");
}

TEST_CASE("all_significant: the last significant child that ends does") {
  Stage stage(jobs(AutoShutdown::all_significant));
  stage.start();

  CHECK(stage.crash("j2") == "");  // temporary: it has ended for good
  CHECK(stage.end("j1") == "stop base, tree shut down");
}

TEST_CASE("never: and children that are not significant: nothing shuts down") {
  Supervision tree = jobs(AutoShutdown::any_significant);
  tree.children.push_back(worker("plain", Restart::transient));
  Stage stage(tree);
  stage.start();

  CHECK(stage.end("plain") == "");
  CHECK(stage.status() == "running");
}

TEST_CASE("a significant child that its supervisor stopped shuts nothing down") {
  SUBCASE("terminate_child") {
    Stage stage(jobs(AutoShutdown::any_significant));
    stage.start();
    CHECK(stage.tree.terminate_child("", "j1", stage.now).ok());
    CHECK(stage.play() == "stop j1");
    CHECK(stage.status() == "running");
  }
  SUBCASE("a sibling's crash") {
    Supervision tree = jobs(AutoShutdown::any_significant);
    tree.strategy = Strategy::one_for_all;
    Stage stage(tree);
    stage.start();
    CHECK(stage.crash("base") == "stop j2, stop j1, start base, start j1");
    CHECK(stage.status() == "running");
  }
}

TEST_CASE("a supervisor that shut itself down ended normally: a permanent one starts again, a transient one does not") {
  for (const Restart restart : {Restart::permanent, Restart::transient, Restart::temporary}) {
    Stage stage({.children = {worker("x"), below("s", jobs(AutoShutdown::any_significant), restart)}});
    stage.start();

    const std::string then = stage.end("j1");

    if (restart == Restart::permanent) {
      CHECK(then == "stop j2, stop base, start base, start j1, start j2");
    } else {
      CHECK(then == "stop j2, stop base");
      CHECK(stage.status("s") == "ended");
    }
    CHECK(stage.status("x") == "running");
  }
}

TEST_CASE("shutting down goes up where supervisors are significant") {
  ChildSpec phase = below("phase", jobs(AutoShutdown::any_significant), Restart::transient);
  phase.significant = true;
  Stage stage({.auto_shutdown = AutoShutdown::all_significant, .children = {worker("x"), phase}});
  stage.start();

  CHECK(stage.end("j1") == "stop j2, stop base, stop x, tree shut down");
}

TEST_CASE("a temporary supervisor that gives up stays down, and its parent goes on") {
  Stage stage(
      {.children = {below("s", {.intensity = {0, 5s}, .children = {worker("a")}}, Restart::temporary), worker("z")}});
  stage.start();

  CHECK(stage.crash("a") == "");

  CHECK(stage.status("s") == "given_up");
  CHECK(stage.status("z") == "running");
}

TEST_CASE("a transient supervisor that gives up is restarted: that is no normal end") {
  Stage stage({.children = {below("s", {.intensity = {0, 5s}, .children = {worker("a")}}, Restart::transient)}});
  stage.start();

  CHECK(stage.crash("a") == "start a");
}

TEST_CASE("a whole service counts crashes of its actors together where it has an intensity") {
  ChildSpec carts;
  carts.id = "carts";
  carts.start = ServiceStart{"Cart", Intensity{2, 10s}};
  ChildSpec free = carts;
  free.id = "free";
  free.start = ServiceStart{"Free", {}};
  Stage stage({.strategy = Strategy::rest_for_one, .children = {worker("a"), carts, free}});
  stage.start();
  for (int i = 0; i < 100; ++i) CHECK(stage.within("free") == "");
  CHECK(stage.within("carts") == "");
  CHECK(stage.within("carts") == "");

  CHECK(stage.within("carts") == "stop carts, stop free, start carts, start free");

  CHECK(stage.view("carts").what == "Cart, at most 2 restarts in 10 s");
  CHECK(stage.view("carts").last_cause == "more than 2 crashes of its actors in 10 s; the last: boom");
}

TEST_CASE("a process that starts is stopped at once, and an actor when it runs") {
  const auto process = [](const std::string& id) {
    ChildSpec spec = worker(id);
    spec.start = ProcessStart{.command = {id}};
    return spec;
  };
  SUBCASE("when the tree stops") {
    Stage stage({.children = {process("a"), below("s", {.children = {process("b"), process("c")}})}});
    stage.slow = {"b"};
    CHECK(stage.start() == "start a, start b");
    CHECK(stage.stop() == "stop b");
    CHECK(stage.stopped("b") == "stop a, tree stopped");
  }
  SUBCASE("when a sibling takes it along") {
    Stage stage({.strategy = Strategy::one_for_all, .intensity = {5, 5s}, .children = {process("a"), process("b")}});
    CHECK(stage.start() == "start a, start b, tree started");
    stage.slow = {"b"};
    CHECK(stage.crash("a") == "stop b");
    CHECK(stage.stopped("b") == "start a, start b");
    CHECK(stage.crash("a") == "stop b");
    stage.slow = {};
    CHECK(stage.stopped("b") == "");
    CHECK(stage.advance(1s) == "start a, start b");
    CHECK(stage.status("b") == "running");
  }
  SUBCASE("an actor") {
    Stage stage({.children = {worker("a"), worker("b")}});
    stage.slow = {"b"};
    CHECK(stage.start() == "start a, start b");
    CHECK(stage.stop() == "");
    CHECK(stage.started("b") == "stop b");
    CHECK(stage.stopped("b") == "stop a, tree stopped");
  }
}

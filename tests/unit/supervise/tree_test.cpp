// What a supervision tree wants done after what happened: strategies, restart types, intensity, escalation, failed
// starts.
#include <doctest/doctest.h>

#include <algorithm>

#include "unit/supervise/tree_stage.h"

using namespace troupe;
using namespace troupe::supervise;
using namespace troupe::supervise::testing;

namespace {

Supervision three(Strategy strategy, Intensity intensity = {10, 10s}) {
  return {.strategy = strategy, .intensity = intensity, .children = {worker("a"), worker("b"), worker("c")}};
}

}  // namespace

TEST_CASE("children start in their order and stop in reverse") {
  Stage nested({.children = {worker("x"), below("s", three(Strategy::one_for_one)), worker("z")}});

  CHECK(nested.start() == "start x, start a, start b, start c, start z, tree started");
  CHECK(nested.stop() == "stop z, stop c, stop b, stop a, stop x, tree stopped");
  CHECK(nested.status() == "stopped");
}

TEST_CASE("the next child starts when the one before runs, and stops when the one after has") {
  Stage stage(three(Strategy::one_for_one));
  stage.slow = {"a", "c"};

  CHECK(stage.start() == "start a");
  CHECK(stage.status("b") == "starting");
  CHECK(stage.started("a") == "start b, start c");
  CHECK(stage.started("c") == "tree started");

  CHECK(stage.stop() == "stop c");
  CHECK(stage.stopped("c") == "stop b, stop a");
  CHECK(stage.stopped("a") == "tree stopped");
}

TEST_CASE("one_for_one restarts the child that crashed alone") {
  Stage stage(three(Strategy::one_for_one));
  stage.start();

  CHECK(stage.crash("b") == "start b");

  CHECK(stage.view("b").restarts == 1);
  CHECK(stage.view("b").last_cause == "boom");
  CHECK(stage.view("a").restarts == 0);
  CHECK(stage.view("").restarts == 1);
}

TEST_CASE("one_for_all stops the others in reverse, and starts all in order") {
  Stage stage(three(Strategy::one_for_all));
  stage.start();

  CHECK(stage.crash("b") == "stop c, stop a, start a, start b, start c");

  CHECK(stage.view("").restarts == 1);
  CHECK(stage.view("a").restarts == 1);
  CHECK(stage.view("a").last_cause.empty());
}

TEST_CASE("rest_for_one stops those after the crashed one in reverse, and starts it and them in order") {
  Stage stage(three(Strategy::rest_for_one));
  stage.start();

  CHECK(stage.crash("b") == "stop c, start b, start c");
  CHECK(stage.advance(1min) == "");
  CHECK(stage.crash("a") == "stop c, stop b, start a, start b, start c");
  CHECK(stage.crash("c") == "");
  CHECK(stage.advance(1min) == "start c");
}

TEST_CASE("a permanent child always starts again, a transient one after a crash alone, a temporary one never") {
  Stage stage({.intensity = {10, 1s},
               .children = {worker("p"), worker("tr", Restart::transient), worker("te", Restart::temporary)}});
  stage.start();

  CHECK(stage.end("p") == "start p");
  CHECK(stage.crash("tr") == "start tr");
  CHECK(stage.end("tr") == "");
  CHECK(stage.crash("te") == "");

  CHECK(stage.status("tr") == "ended");
  CHECK(stage.status("te") == "ended");
  CHECK(stage.view("te").last_cause == "boom");
  CHECK(stage.view("").restarts == 2);
  CHECK(stage.advance(1min) == "");
}

TEST_CASE("a child that ends for good concerns no sibling, whatever the strategy") {
  for (const Strategy strategy : {Strategy::one_for_all, Strategy::rest_for_one}) {
    Stage stage({.strategy = strategy,
                 .children = {worker("t", Restart::temporary), worker("n", Restart::transient), worker("z")}});
    stage.start();

    CHECK(stage.crash("t") == "");
    CHECK(stage.end("n") == "");
    CHECK(stage.status("z") == "running");
  }
}

TEST_CASE("a temporary child that siblings take down with them does not come back") {
  Stage stage(
      {.strategy = Strategy::one_for_all, .children = {worker("a"), worker("t", Restart::temporary), worker("c")}});
  stage.start();

  CHECK(stage.crash("c") == "stop t, stop a, start a, start c");

  CHECK(stage.status("t") == "stopped");
}

TEST_CASE("a transient child that ended comes back with the group that is restarted") {
  Stage stage({.strategy = Strategy::one_for_all, .children = {worker("a"), worker("n", Restart::transient)}});
  stage.start();
  stage.end("n");

  CHECK(stage.crash("a") == "start a, start n");
}

TEST_CASE("as many restarts as the intensity says are made, one more and the supervisor stops all and itself") {
  Stage stage(three(Strategy::one_for_one, {3, 10s}));
  stage.start();
  for (int i = 0; i < 3; ++i) {
    stage.crash("b");
    stage.advance(3s);
    CHECK(stage.status("b") == "running");
  }

  CHECK(stage.crash("b") == "stop c, stop a, tree given up");

  CHECK(stage.status() == "given_up");
  CHECK(stage.status("b") == "stopped");
  CHECK(stage.view("").last_cause ==
        "more than 3 restarts in 10 s; the last crash was of child \"b\" of the top supervisor: boom");
  CHECK(stage.advance(1h) == "");
  CHECK(stage.stop() == "tree stopped");
}

TEST_CASE("crashes of different children count together, and old ones do not count") {
  Stage stage(three(Strategy::one_for_one, {2, 10s}));
  stage.start();
  for (int i = 0; i < 50; ++i) {
    CHECK(stage.crash(i % 2 ? "a" : "b") == "start " + std::string(i % 2 ? "a" : "b"));
    stage.advance(6s);
  }
  CHECK(stage.crash("b") == "start b");

  CHECK(stage.crash("c").find("tree given up") != std::string::npos);
}

TEST_CASE("an intensity of no restarts gives up at the first crash") {
  Stage stage(three(Strategy::one_for_one, {0, 5s}));
  stage.start();

  CHECK(stage.crash("a") == "stop c, stop b, tree given up");
}

TEST_CASE("a supervisor that gives up counts as one crash at its parent, which restarts it whole") {
  Stage stage({.intensity = {1, 1min},
               .children = {worker("x"), below("s", three(Strategy::one_for_one, {1, 1min})), worker("y")}});
  stage.start();
  CHECK(stage.crash("b") == "start b");

  CHECK(stage.crash("b") == "stop c, stop a, start a, start b, start c");
  CHECK(stage.view("s").restarts == 2);  // it restarted b once, and was restarted itself
  CHECK(stage.view("").restarts == 1);

  // It starts with a clean record: as many crashes again, then its parent has had enough.
  CHECK(stage.crash("b") == "start b");
  CHECK(stage.crash("b") == "stop c, stop a, stop y, stop x, tree given up");
}

TEST_CASE("limits multiply on the way up") {
  Supervision inner = three(Strategy::one_for_one, {2, 1h});
  Supervision middle{.intensity = {1, 1h}, .children = {below("inner", inner)}};
  Stage stage({.intensity = {3, 1h}, .children = {below("middle", middle)}});
  stage.start();
  int crashes = 0;
  while (stage.status() == "running") {
    stage.crash("a");
    stage.advance(30s);
    ++crashes;
  }

  CHECK(crashes == (2 + 1) * (1 + 1) * (3 + 1));
}

TEST_CASE("a supervisor that gave up takes its siblings along where the strategy says so") {
  Stage stage({.strategy = Strategy::rest_for_one,
               .intensity = {5, 1min},
               .children = {worker("x"), below("s", three(Strategy::one_for_one, {0, 1min})), worker("y")}});
  stage.start();

  CHECK(stage.crash("a") == "stop c, stop b, stop y, start a, start b, start c, start y");
}

TEST_CASE("a child that does not start fails the tree, after those that had started stop in reverse") {
  Stage stage({.children = {worker("x"), below("s", three(Strategy::one_for_one)), worker("y")}});
  stage.failing = {"c"};

  CHECK(stage.start() == "start x, start a, start b, start c, stop b, stop a, stop x, tree failed");

  CHECK(stage.log.back() == "child \"c\" of supervisor s did not start: no luck");
}

TEST_CASE("a restart that fails counts as another crash") {
  Stage stage(three(Strategy::one_for_one, {3, 1min}));
  stage.start();
  stage.failing = {"b"};

  CHECK(stage.crash("b") == "start b");
  CHECK(stage.status("b") == "restarting");
  CHECK(stage.advance(10ms) == "start b");
  CHECK(stage.advance(1min) == "start b, stop c, stop a, tree given up");
}

TEST_CASE("when the restart of a group fails in the middle, all of the group starts over") {
  Stage stage(three(Strategy::one_for_all, {3, 1min}));
  stage.start();
  stage.failing = {"b"};
  CHECK(stage.crash("c") == "stop b, stop a, start a, start b, stop a");

  stage.failing.clear();

  CHECK(stage.advance(10ms) == "start a, start b, start c");
}

TEST_CASE("a nested supervisor that does not start again counts as another crash at its parent") {
  Stage stage({.intensity = {2, 1min}, .children = {below("s", three(Strategy::one_for_one, {0, 1min}))}});
  stage.start();
  stage.failing = {"b"};

  CHECK(stage.crash("a") == "stop c, stop b, start a, start b, stop a");
  stage.failing.clear();

  CHECK(stage.advance(10ms) == "start a, start b, start c");
  CHECK(stage.view("").restarts == 2);
}

TEST_CASE("the first restart is immediate, further ones wait, each child for what it did") {
  Supervision tree = three(Strategy::one_for_one, {20, 1min});
  tree.backoff = {100ms, 300ms};
  Stage stage(tree);
  stage.start();

  CHECK(stage.crash("a") == "start a");
  CHECK(stage.crash("a") == "");
  CHECK(stage.status("a") == "restarting");
  CHECK(stage.view("a").again_ms == 100);
  CHECK(stage.crash("b") == "start b");
  CHECK(stage.advance(99ms) == "");
  CHECK(stage.advance(1ms) == "start a");
  stage.crash("a");
  CHECK(stage.view("a").again_ms == 200);
  stage.advance(200ms);
  stage.crash("a");
  CHECK(stage.view("a").again_ms == 300);
}

TEST_CASE("a crash while its group is being restarted restarts the group once more") {
  Stage stage(three(Strategy::rest_for_one, {5, 1min}));
  stage.start();
  stage.slow = {"b"};
  CHECK(stage.crash("b") == "stop c, start b");

  CHECK(stage.crash("a") == "");  // b is told to stop as soon as it runs
  CHECK(stage.started("b") == "stop b");
  CHECK(stage.stopped("b") == "");
  stage.slow.clear();

  CHECK(stage.advance(10ms) == "start a, start b, start c");
}

TEST_CASE("a crash of a child that is being stopped changes nothing") {
  Stage stage(three(Strategy::one_for_all));
  stage.start();
  stage.slow = {"c"};
  CHECK(stage.crash("b") == "stop c");

  CHECK(stage.crash("a") == "");  // its turn to be stopped had not come
  CHECK(stage.crash("c") == "");
  stage.slow.clear();

  CHECK(stage.stopped("c") == "start a, start b, start c");
  CHECK(stage.view("").restarts == 1);
}

TEST_CASE("those who wait for a child are turned away when it stays down, and not while it is restarted") {
  Stage stage({.intensity = {1, 1min}, .children = {worker("x"), below("s", three(Strategy::one_for_all, {0, 1min}))}});
  stage.start();
  stage.crash("b");
  const auto told = [&](const std::string& start) {
    return std::count_if(stage.log.begin(), stage.log.end(), [&](const auto& line) { return line.starts_with(start); });
  };
  CHECK(told("x: ") + told("a: ") + told("b: ") + told("c: ") == 0);

  stage.crash("b");

  CHECK(stage.status() == "given_up");
  CHECK(told("x: its supervisor gave up: more than 1 restart") == 1);
  CHECK(told("a: ") + told("b: ") + told("c: ") == 3);
}

TEST_CASE("a child of another node is left out") {
  Stage stage(three(Strategy::one_for_all));
  stage.tree.live_elsewhere(stage.child("b"), "other");

  CHECK(stage.start() == "start a, start c, tree started");
  CHECK(stage.crash("c") == "stop a, start a, start c");
  CHECK(stage.status("b") == "elsewhere");
  CHECK(stage.view("b").node == "other");
}

TEST_CASE("an empty supervisor starts, and stops") {
  Stage stage({.children = {below("s", {})}});

  CHECK(stage.start() == "tree started");
  CHECK(stage.status("s") == "running");
  CHECK(stage.stop() == "tree stopped");
}

// A tree whose declaration changes while it runs: children are added, changed and taken out as if it had always been
// so.
#include <doctest/doctest.h>

#include "unit/supervise/tree_stage.h"

using namespace troupe;
using namespace troupe::supervise;
using namespace troupe::supervise::testing;

namespace {

Supervision team(Strategy strategy) {
  return {.strategy = strategy, .intensity = {3, 10s}, .children = {worker("a"), worker("c")}};
}

std::string declare(Stage& stage, const std::string& before, const ChildSpec& spec) {
  auto added = stage.tree.declare_child("", before, spec, stage.now);
  if (!added.ok()) return added.error().message();
  stage.tree.go_on(stage.now);
  return stage.play();
}
std::string terminate_child(Stage& stage, const std::string& id) {
  auto done = stage.tree.terminate(stage.child(id), stage.now);
  return done.ok() ? stage.play() : done.error().message();
}

}  // namespace

TEST_CASE("a child that is declared has its place among its siblings, and keeps it when the tree starts anew") {
  Stage stage(team(Strategy::rest_for_one));
  stage.start();

  CHECK(declare(stage, "c", worker("b")) == "start b");
  CHECK(stage.answers == std::vector<std::string>{"b done"});
  CHECK_FALSE(stage.view("b").dynamic);
  CHECK(stage.crash("b") == "stop c, start b, start c");
  for (int i = 0; i < 3; ++i) stage.crash("a"), stage.advance(1s);
  REQUIRE(stage.status() == "given_up");

  auto again = stage.tree.restart("/", stage.now);
  REQUIRE(again.ok());
  CHECK(stage.play() == "start a, start b, start c, tree started");
  CHECK(stage.stop() == "stop c, stop b, stop a, tree stopped");
}

TEST_CASE("a declared child that does not start stays, and is refused where its sibling is not") {
  Stage stage(team(Strategy::one_for_one));
  stage.start();
  stage.failing.insert("b");

  CHECK(declare(stage, "", worker("b")) == "start b");
  CHECK(stage.answers == std::vector<std::string>{"b: no luck"});
  CHECK(stage.status("b") == "failed");
  CHECK(declare(stage, "x", worker("d")) == "the top supervisor has no child \"x\"");
  CHECK(declare(stage, "", worker("b")).find("there is one of that id, which is failed") != std::string::npos);
}

TEST_CASE("a child that does not run is declared anew or taken out for good; one that runs is not") {
  Stage stage(team(Strategy::one_for_all));
  stage.start();
  ChildSpec other = worker("a", Restart::transient);
  CHECK(stage.tree.redeclare(stage.child("a"), other).error().message() ==
        "child \"a\" of the top supervisor cannot be declared anew: it is running; terminate it first");
  CHECK(stage.tree.undeclare(stage.child("a")).error().message() ==
        "child \"a\" of the top supervisor cannot be taken out: it is running; terminate it first");

  CHECK(terminate_child(stage, "a") == "stop a");  // the others are left alone, whatever the strategy
  CHECK(stage.tree.redeclare(stage.child("a"), worker("b")).error().kind() == ErrorKind::invalid);
  CHECK(stage.tree.redeclare(stage.child("a"), below("a", {})).error().kind() == ErrorKind::invalid);
  REQUIRE(stage.tree.redeclare(stage.child("a"), other).ok());
  auto again = stage.tree.restart("a", stage.now);
  REQUIRE(again.ok());
  CHECK(stage.play() == "start a");
  CHECK(stage.view("a").restart == "transient");

  CHECK(terminate_child(stage, "c") == "stop c");
  REQUIRE(stage.tree.undeclare(stage.child("c")).ok());
  CHECK(stage.play() == "let go c");
  CHECK(stage.crash("a") == "start a");
  CHECK(stage.tree.size() == 2);
}

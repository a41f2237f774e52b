// Children that come and go while the tree runs, and a tree that is told anything in any order.
#include <doctest/doctest.h>

#include <random>

#include "unit/supervise/tree_stage.h"

using namespace troupe;
using namespace troupe::supervise;
using namespace troupe::supervise::testing;

namespace {

std::string start_child(Stage& stage, const std::string& supervisor, const ChildSpec& spec) {
  auto added = stage.tree.start_child(supervisor, spec, stage.now);
  if (!added.ok()) return added.error().message();
  stage.tree.go_on(stage.now);
  return stage.play();
}
std::string terminate(Stage& stage, const std::string& supervisor, const std::string& id) {
  auto done = stage.tree.terminate_child(supervisor, id, stage.now);
  return done.ok() ? stage.play() : done.error().message();
}
std::string restart(Stage& stage, const std::string& supervisor, const std::string& id) {
  auto done = stage.tree.restart_child(supervisor, id, stage.now);
  return done.ok() ? stage.play() : done.error().message();
}
std::string restart_at(Stage& stage, const std::string& path) {
  auto done = stage.tree.restart(path, stage.now);
  return done.ok() ? stage.play() : done.error().message();
}
std::string erase(Stage& stage, const std::string& supervisor, const std::string& id) {
  auto done = stage.tree.delete_child(supervisor, id);
  return done.ok() ? stage.play() : done.error().message();
}

Supervision shop(Strategy strategy = Strategy::one_for_one) {
  return {.strategy = strategy,
          .intensity = {3, 10s},
          .children = {worker("a"), below("s", {.children = {worker("i")}}), worker("z")}};
}

}  // namespace

TEST_CASE("a tree that gave up is started again as a whole, with a clean record") {
  Stage stage(shop());
  stage.start();
  CHECK(restart_at(stage, "/") == "the top supervisor cannot be restarted: it is running");
  for (int i = 0; i < 4; ++i) stage.crash("a"), stage.advance(1s);
  REQUIRE(stage.status() == "given_up");
  CHECK(restart_at(stage, "a") == "the top supervisor does not run: it is given_up; restart it first");

  CHECK(restart_at(stage, "/") == "start a, start i, start z, tree started");

  CHECK(stage.answers == std::vector<std::string>{" done"});
  CHECK(stage.status() == "running");
  CHECK(stage.view("").restarts == 4);  // three of its children, and itself
  for (const char* child : {"a", "s", "i", "z"}) CHECK(stage.status(child) == "running");
  for (int i = 0; i < 3; ++i) stage.crash("a"), stage.advance(1s);
  CHECK(stage.status() == "running");
}

TEST_CASE("a tree that cannot be started again says why, and can be tried once more") {
  Stage stage(shop());
  stage.start();
  for (int i = 0; i < 4; ++i) stage.crash("a"), stage.advance(1s);
  REQUIRE(stage.status() == "given_up");
  stage.failing.insert("z");

  (void)restart_at(stage, "/");
  stage.advance(1min);

  REQUIRE(stage.answers.size() == 1);
  CHECK(stage.answers[0].find("no luck") != std::string::npos);
  CHECK(stage.status() == "failed");
  stage.failing.clear();
  CHECK(restart_at(stage, "/") == "start a, start i, start z, tree started");
}

TEST_CASE("a tree that was told to stop is not started again") {
  Stage stage(shop());
  stage.start();
  for (int i = 0; i < 4; ++i) stage.crash("a"), stage.advance(1s);
  REQUIRE(stage.status() == "given_up");
  stage.stop();

  CHECK(restart_at(stage, "/") == "the top supervisor is not restarted: its node stops");
}

TEST_CASE("a child below a supervisor is restarted by its way from the top") {
  Stage stage(shop());
  stage.start();
  CHECK(terminate(stage, "s", "i") == "stop i");

  CHECK(restart_at(stage, "s/i") == "start i");
  CHECK(restart_at(stage, "s/none") == "child \"s\" of the top supervisor has no child \"none\"");
  CHECK(restart_at(stage, "none/i") == "there is no supervisor \"none\" in the tree of this node");
}

TEST_CASE("a child that is added starts, and is supervised and stopped as the last") {
  Stage stage(shop(Strategy::rest_for_one));
  stage.start();

  CHECK(start_child(stage, "", worker("n")) == "start n");
  CHECK(stage.answers == std::vector<std::string>{"n done"});
  CHECK(stage.view("n").dynamic);

  CHECK(stage.crash("z") == "stop n, start z, start n");
  CHECK(stage.stop() == "stop n, stop z, stop i, stop a, let go n, tree stopped");
}

TEST_CASE("a child that is added and does not start is not kept") {
  Stage stage(shop());
  stage.start();
  stage.failing = {"n"};

  CHECK(start_child(stage, "s", worker("n")) == "start n, let go n");

  CHECK(stage.answers == std::vector<std::string>{"n: no luck"});
  CHECK(stage.tree.count_children("s")->specs == 1);
  CHECK(stage.view("").restarts == 0);
}

TEST_CASE("an id that is there, a supervisor that is not, and a spec that is wrong are refused") {
  Stage stage(shop());
  stage.start();

  CHECK(start_child(stage, "", worker("a")) ==
        "child \"a\" of the top supervisor cannot be added: there is one of that id, which is running");
  CHECK(start_child(stage, "nowhere", worker("n")) == "there is no supervisor \"nowhere\" in the tree of this node");
  CHECK(start_child(stage, "s", worker("")) == "Supervision: a child of supervisor s: its id is empty");
  CHECK(start_child(stage, "s", significant("n")).find("auto_shutdown is never") != std::string::npos);
  stage.stop();
  CHECK(start_child(stage, "", worker("n")) == "the top supervisor does not run: it is stopped");
}

TEST_CASE("a child that is terminated stays, runs again when asked to, and goes when deleted") {
  Stage stage(shop());
  stage.start();
  CHECK(restart(stage, "", "a") == "child \"a\" of the top supervisor cannot be restarted: it is running");
  CHECK(erase(stage, "", "a") ==
        "child \"a\" of the top supervisor cannot be deleted: it is running; terminate it first");

  CHECK(terminate(stage, "", "a") == "stop a");
  CHECK(stage.status("a") == "stopped");
  CHECK(terminate(stage, "", "a") == "");  // once more is no error
  CHECK(restart(stage, "", "a") == "start a");
  CHECK(stage.view("").restarts == 0);
  CHECK(terminate(stage, "", "a") == "stop a");
  CHECK(erase(stage, "", "a") == "let go a");

  CHECK(stage.tree.count_children("")->specs == 2);
  CHECK(erase(stage, "", "a") == "the top supervisor has no child \"a\"");
}

TEST_CASE("a supervisor may be terminated and restarted like any child") {
  Stage stage(shop());
  stage.start();

  CHECK(terminate(stage, "", "s") == "stop i");
  CHECK(start_child(stage, "s", worker("n")) == "child \"s\" of the top supervisor does not run: it is stopped");
  CHECK(restart(stage, "", "s") == "start i");
}

TEST_CASE("a child waiting for its restart may be terminated") {
  Stage stage(shop());
  stage.start();
  stage.crash("a");
  stage.crash("a");
  CHECK(stage.status("a") == "restarting");

  CHECK(terminate(stage, "", "a") == "");

  CHECK(stage.answers == std::vector<std::string>{"a done"});
  CHECK(stage.advance(1min) == "");
}

TEST_CASE("a strategy restarts a terminated child with the others, and not one that was deleted") {
  Stage stage(shop(Strategy::one_for_all));
  stage.start();
  terminate(stage, "", "a");

  CHECK(stage.crash("z") == "stop i, start a, start i, start z");
  terminate(stage, "", "a");
  erase(stage, "", "a");
  stage.advance(1min);

  CHECK(stage.crash("z") == "stop i, start i, start z");
}

TEST_CASE("a supervisor that is restarted has the children it was declared with") {
  Stage stage({.intensity = {5, 10s},
               .children = {below("s", {.intensity = {0, 5s}, .children = {worker("a"), worker("b")}})}});
  stage.start();
  start_child(stage, "s", worker("n"));
  terminate(stage, "s", "a");
  erase(stage, "s", "a");

  CHECK(stage.crash("b") == "stop n, let go n, start a, start b");
}

TEST_CASE("a temporary child that was added goes when it ends") {
  Stage stage(shop());
  stage.start();
  start_child(stage, "s", worker("job", Restart::temporary));

  CHECK(stage.crash("job") == "let go job");

  CHECK(stage.tree.count_children("s")->specs == 1);
}

TEST_CASE("a restart that was asked for and fails leaves the child as failed, and is no crash") {
  Stage stage(shop());
  stage.start();
  terminate(stage, "", "a");
  stage.failing = {"a"};

  CHECK(restart(stage, "", "a") == "start a");

  CHECK(stage.answers.back() == "a: no luck");
  CHECK(stage.status("a") == "failed");
  CHECK(stage.view("").restarts == 0);
}

TEST_CASE("children are counted as specs, active ones, supervisors and workers") {
  Stage stage(shop());
  stage.start();
  terminate(stage, "", "z");

  const ChildCounts counts = stage.tree.count_children("").value();

  CHECK(counts.specs == 3);
  CHECK(counts.active == 2);
  CHECK(counts.supervisors == 1);
  CHECK(counts.workers == 2);
  CHECK(stage.tree.children_of("s", stage.now)->size() == 1);
  CHECK_FALSE(stage.tree.children_of("a", stage.now).ok());
}

// Whatever happens in whatever order, a tree comes to rest: nothing is left in the middle of something, and what runs
// has a supervisor that runs.
TEST_CASE("a tree that is told anything in any order comes to rest") {
  const Strategy strategies[] = {Strategy::one_for_one, Strategy::one_for_all, Strategy::rest_for_one};
  const Restart restarts[] = {Restart::permanent, Restart::transient, Restart::temporary};
  for (unsigned seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto pick = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
    std::vector<std::string> workers;
    const auto grow = [&](auto&& self, unsigned depth) -> Supervision {
      Supervision one{.strategy = strategies[pick(3)],
                      .intensity = {pick(6), 10s},
                      .auto_shutdown = pick(3) == 0 ? AutoShutdown::any_significant : AutoShutdown::never};
      for (unsigned i = 0, n = pick(4) + (depth == 0); i < n; ++i) {
        const std::string id = "c" + std::to_string(workers.size());
        workers.push_back(id);
        ChildSpec child = depth < 3 && pick(3) == 0 ? below(id, self(self, depth + 1)) : worker(id);
        child.restart = restarts[pick(3)];
        child.significant = one.auto_shutdown != AutoShutdown::never && child.restart != Restart::permanent && pick(2);
        if (pick(4) == 0) child.shutdown = Shutdown::kill();
        one.children.push_back(std::move(child));
      }
      return one;
    };
    const Supervision declared = grow(grow, 0);
    REQUIRE(check(declared).ok());
    Stage stage(declared);
    stage.start();

    for (int i = 0; i < 60; ++i) {
      const std::string& id = workers[pick(static_cast<unsigned>(workers.size()))];
      const bool leaf = stage.view(id).kind != "supervisor";
      switch (pick(8)) {
        case 0:
        case 1:
          if (leaf) stage.crash(id);
          break;
        case 2:
          if (leaf) stage.end(id);
          break;
        case 3: stage.slow.insert(id); break;
        case 4:
          stage.slow.erase(id);
          if (leaf) stage.started(id), stage.stopped(id);
          break;
        case 5: (void)terminate(stage, "", id); break;
        case 6: (void)restart(stage, "", id); break;
        case 7: stage.advance(std::chrono::milliseconds(pick(4000))); break;
      }
    }
    for (const std::string& id : workers) {
      stage.slow.clear();
      if (stage.view(id).kind != "supervisor") stage.started(id), stage.stopped(id);
    }
    stage.advance(1h);

    const auto rests = [&](auto&& self, const ChildView& view, bool runs) -> void {
      CAPTURE(view.id);
      CAPTURE(view.status);
      CHECK(view.status != "starting");
      CHECK(view.status != "restarting");
      CHECK(view.status != "stopping");
      if (!runs) CHECK(view.status != "running");
      for (const ChildView& below : view.children) self(self, below, view.status == "running");
    };
    rests(rests, stage.view(""), true);
    stage.stop();
    CHECK(stage.status() != "running");
  }
}

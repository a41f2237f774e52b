// Crashes under a tree: who restarts with whom, from which state, what becomes of calls, and when a tree is given up.
#include "contract/supervision/workers.h"

using namespace troupe;
using namespace troupe::contract;

TEST_CASE("a supervised actor that crashes runs again from its last commit, before anybody calls it") {
  Plant plant;
  plant.supervise(three(Strategy::one_for_one));
  CHECK(plant.add("b", 5) == 5);
  plant.journal.take();

  CHECK(plant.crash("b").kind() == ErrorKind::failed);

  CHECK(eventually([&] { return plant.journal.text() == "start b"; }));
  CHECK(plant.total("b") == 5);
  CHECK(plant.child("b").restarts == 1);
  CHECK(plant.child("b").last_cause == "crash: the test wants a crash");
  CHECK(plant.logged(LogLevel::warn, "child \"b\" of the top supervisor crashed: crash: the test wants a crash"));
}

TEST_CASE("one_for_all restarts every sibling from its last commit, stopped in reverse and started in order") {
  Plant plant;
  plant.supervise(three(Strategy::one_for_all));
  plant.add("a", 1), plant.add("b", 2), plant.add("c", 3);
  plant.journal.take();

  (void)plant.crash("b");

  CHECK(eventually([&] { return plant.journal.count("start c") == 1; }));
  CHECK(plant.journal.text() == "stop c, stop a, start a, start b, start c");
  CHECK(plant.total("a") == 1);
  CHECK(plant.total("b") == 2);
  CHECK(plant.total("c") == 3);
}

TEST_CASE("rest_for_one restarts the crashed child and those after it") {
  Plant plant;
  plant.supervise(three(Strategy::rest_for_one));
  plant.journal.take();

  (void)plant.crash("b");

  CHECK(eventually([&] { return plant.journal.count("start c") == 1; }));
  CHECK(plant.journal.text() == "stop c, start b, start c");
}

TEST_CASE("turns of a sibling that is stopped at once end as unavailable, and say whether they may have run") {
  Plant plant;
  Supervision tree = three(Strategy::one_for_all);
  for (auto& child : tree.children) child.shutdown = Shutdown::kill();
  plant.supervise(tree);
  plant.add("b", 7);
  auto holds = plant.worker("b").hold([](auto p) { p.setAmount(100); }).future();
  auto behind = plant.worker("b").add([](auto p) { p.setAmount(10); }).future();
  auto acted = plant.worker("c").holdAfter([](auto p) { p.setOther("free"); }).future();
  REQUIRE(eventually([&] { return plant.journal.count("hold b") == 1 && plant.journal.count("hold c") == 1; }));

  (void)plant.crash("a");

  const Error held = error_of([&] { return holds.get(); });
  CHECK(held.kind() == ErrorKind::unavailable);
  CHECK_FALSE(held.may_have_run());
  const Error did = error_of([&] { return acted.get(); });
  CHECK(did.kind() == ErrorKind::unavailable);
  CHECK(did.may_have_run());
  // What had not begun waits for the restart, and finds the last commit.
  CHECK(behind.get()->getTotal() == 17);
  CHECK(plant.journal.count("stop b") == 0);  // on_passivate() is for those who stop in order
}

TEST_CASE("turns of a sibling that is stopped in order may end") {
  Plant plant;
  plant.supervise(three(Strategy::one_for_all));
  auto holds = plant.worker("b").hold([](auto p) { p.setAmount(100); }).future();
  REQUIRE(eventually([&] { return plant.journal.count("hold b") == 1; }));
  (void)plant.crash("a");
  REQUIRE(plant.comes_to("b", "stopping"));

  plant.journal.gate_open = true;

  CHECK(holds.get()->getTotal() == 100);
  CHECK(eventually([&] { return plant.journal.count("start b") == 2; }));
  CHECK(plant.journal.count("stop b") == 1);
  CHECK(plant.total("b") == 100);
}

TEST_CASE("past the intensity the tree is given up: shown, logged, told to the host; the rest of the node stands") {
  Plant plant;
  std::promise<std::string> given_up;
  plant.supervise({.intensity = {1, 1min},
                   .backoff = {1ms, 1ms},
                   .children = {worker("x"), below("s", three(Strategy::one_for_one, {0, 1min}))}},
                  {.on_given_up = [&](const std::string& why) { given_up.set_value(why); }});
  plant.add("free", 1);
  plant.journal.take();
  (void)plant.crash("b");
  REQUIRE(eventually([&] { return plant.journal.count("start c") == 1; }));
  CHECK(plant.journal.take() == "stop c, stop a, start a, start b, start c");

  (void)plant.crash("b");

  const std::string why = given_up.get_future().get();
  CHECK(why.find("more than 1 restart in 1 min; the last crash was of child \"s\" of the top supervisor") == 0);
  CHECK(plant.journal.take() == "stop c, stop a, stop x");
  CHECK(plant.node().supervision().view().status == "given_up");
  CHECK(plant.logged(LogLevel::error, "the top supervisor gives up"));
  const Error error = error_of([&] { return plant.total("a"); });
  CHECK(error.kind() == ErrorKind::unavailable);
  CHECK_FALSE(error.may_have_run());
  CHECK(error.message().find("Worker/a does not run: its supervisor gave up") == 0);
  CHECK(plant.add("free", 1) == 2);
}

TEST_CASE("a tree that gave up makes its node unhealthy until it is started again, from outside too") {
  Plant plant;
  plant.supervise({.intensity = {0, 1min}, .children = {worker("x"), worker("y")}});
  plant.add("x", 5);
  CHECK(plant.node().health().good());
  CHECK(plant.node().admin("POST", "/tree/restart?id=x", "").first == 400);
  CHECK(plant.node().admin("POST", "/tree/restart?id=none", "").first == 404);
  (void)plant.crash("y");
  REQUIRE(eventually([&] { return plant.node().supervision().view().status == "given_up"; }));
  CHECK(plant.node().health().faults.at(0).name == "supervision_given_up");
  const std::string health = plant.node().admin("GET", "/health", "").second;
  CHECK(health.find("\"healthy\":false") != std::string::npos);
  CHECK(health.find("`troupe tree restart /`") != std::string::npos);

  const auto [status, json] = plant.node().admin("POST", "/tree/restart?id=%2F", "");

  INFO(json);
  CHECK(status == 200);
  CHECK(plant.node().health().good());
  CHECK(plant.total("x") == 5);
  CHECK(plant.node().supervision().view().status == "running");
}

TEST_CASE("a restart that fails is another crash, and calls wait until the child runs or is given up") {
  Plant plant;
  Supervision tree = three(Strategy::one_for_one, {1000, 1min});
  plant.supervise(tree);
  plant.add("b", 3);
  plant.journal.fail("b");
  (void)plant.crash("b");
  REQUIRE(eventually([&] { return plant.journal.count("fail b") >= 3; }));
  auto waits = plant.worker("b").total().future();
  CHECK(plant.child("b").last_cause.find("it did not start again: Worker/b crashed while it was activated") == 0);

  plant.journal.fail("b", false);

  CHECK(waits.get()->getTotal() == 3);
  CHECK(plant.comes_to("b", "running"));
}

TEST_CASE("whatever crashes at the same time, the tree comes to rest, and nothing that was committed is lost") {
  for (const Strategy strategy : {Strategy::one_for_one, Strategy::one_for_all, Strategy::rest_for_one}) {
    CAPTURE(to_string(strategy));
    Plant plant;
    plant.supervise({.intensity = {100'000, 1min},
                     .backoff = {0ms, 0ms},
                     .children = {worker("x"), below("s", three(strategy, {100'000, 1min})), worker("z")}});
    std::atomic<std::int64_t> added[5]{};
    std::vector<std::thread> threads;
    const char* const keys[] = {"x", "a", "b", "c", "z"};
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 150; ++i) {
          const int at = (i * 7 + t) % 5;
          try {
            if (i % 5 == t) {
              (void)plant.worker(keys[at]).crash().get();
            } else {
              (void)plant.add(keys[at], 1);
              ++added[at];
            }
          } catch (const Error&) {
          }
        }
      });
    }
    for (auto& thread : threads) thread.join();

    CHECK(eventually([&] {
      const auto view = plant.node().supervision().view();
      for (const auto& child : view.children) {
        if (child.status != "running") return false;
        for (const auto& below : child.children) {
          if (below.status != "running") return false;
        }
      }
      return true;
    }));
    for (int i = 0; i < 5; ++i) {
      CAPTURE(keys[i]);
      CHECK(plant.total(keys[i]) >= added[i]);
    }
  }
}

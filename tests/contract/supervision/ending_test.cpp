// Actors that end by themselves, restart types, and supervisors that shut themselves down when significant children
// end.
#include "contract/supervision/workers.h"

using namespace troupe;
using namespace troupe::contract;

namespace {

ChildSpec significant(const std::string& id) {
  ChildSpec spec = worker(id, Restart::transient);
  spec.significant = true;
  return spec;
}

}  // namespace

TEST_CASE("an actor that ends itself keeps what its turn committed, and starts again only if it is permanent") {
  Plant plant;
  plant.supervise({.children = {worker("p"), worker("tr", Restart::transient), worker("te", Restart::temporary)}});
  plant.journal.take();

  plant.finish("p");

  CHECK(eventually([&] { return plant.journal.text() == "stop p, start p"; }));
  CHECK(plant.total("p") == 1);
  plant.journal.take();
  plant.finish("tr");
  CHECK(plant.comes_to("tr", "ended"));
  plant.finish("te");
  CHECK(plant.comes_to("te", "ended"));
  CHECK(plant.journal.take() == "stop tr, stop te");
  const Error error = error_of([&] { return plant.total("tr"); });
  CHECK(error.kind() == ErrorKind::unavailable);
  CHECK(error.message() == "Worker/tr does not run: it ended itself");
}

TEST_CASE("an actor that ends itself with a cause has crashed, and its commit and reply stand") {
  Plant plant;
  plant.supervise(
      {.backoff = {1ms, 1ms}, .children = {worker("tr", Restart::transient), worker("te", Restart::temporary)}});

  plant.finish("tr", "the feed is gone");

  CHECK(eventually([&] { return plant.journal.count("start tr") == 2; }));
  CHECK(plant.journal.count("stop tr") == 0);
  CHECK(plant.total("tr") == 1);
  CHECK(plant.child("tr").last_cause == "(no method): it ended itself: the feed is gone");
  plant.finish("te", "no more");
  CHECK(plant.comes_to("te", "ended"));
}

TEST_CASE("a turn that is rolled back ends nothing") {
  Plant plant;
  plant.supervise({.children = {worker("tr", Restart::transient)}});

  const Error error = error_of([&] { return plant.worker("tr").finish([](auto p) { p.setEnding("refuse"); }).get(); });

  CHECK(error.kind() == ErrorKind::refused);
  CHECK(plant.add("tr", 1) == 1);
  CHECK(plant.journal.text() == "start tr");
}

TEST_CASE("an actor that nothing supervises is passivated when it ends itself, and comes back with its next call") {
  Plant plant;
  plant.node().start();
  plant.finish("free");
  CHECK(eventually([&] { return plant.journal.text() == "start free, stop free"; }));
  plant.journal.take();

  CHECK(plant.total("free") == 1);
  CHECK(plant.journal.take() == "start free");
  plant.finish("free", "a cause");
  CHECK(plant.total("free") == 2);
  CHECK(plant.journal.take() == "start free");
  CHECK(plant.logged(LogLevel::warn, "it ended itself: a cause"));
}

TEST_CASE("turns beside one that ends its actor end as unavailable") {
  Plant plant;
  plant.supervise({.children = {worker("p")}});
  auto holds = plant.worker("p").hold([](auto p) { p.setAmount(1); }).future();
  REQUIRE(eventually([&] { return plant.journal.count("hold p") == 1; }));
  auto finish = plant.worker("p").finish([](auto) {}).future();
  CHECK(plant.total("p") == 0);

  plant.journal.gate_open = true;

  CHECK(holds.get()->getTotal() == 1);  // exclusive turns follow one another: it was done by then
  (void)finish.get();
  CHECK(eventually([&] { return plant.journal.count("start p") == 2; }));
}

TEST_CASE("any_significant and all_significant shut the tree down, in reverse, and tell the host") {
  Plant plant;
  std::promise<std::string> shut;
  plant.supervise({.auto_shutdown = AutoShutdown::all_significant,
                   .children = {worker("base"), significant("j1"), significant("j2")}},
                  {.on_shut_down = [&](const std::string& why) { shut.set_value(why); }});
  plant.journal.take();
  plant.finish("j1");
  REQUIRE(plant.comes_to("j1", "ended"));
  CHECK(plant.add("base", 1) == 1);

  plant.finish("j2");

  CHECK(shut.get_future().get() == "child \"j2\" of the top supervisor is significant and ended: it ended itself");
  CHECK(plant.journal.text() == "stop j1, stop j2, stop base");
  CHECK(plant.node().supervision().view().status == "ended");
  CHECK(error_of([&] { return plant.total("base"); }).kind() == ErrorKind::unavailable);
  plant.add("free", 1);
}

TEST_CASE("a supervised actor that erases everything runs on as a new one") {
  Plant plant;
  plant.supervise({.children = {worker("a")}});
  plant.add("a", 5);
  plant.journal.take();

  (void)plant.worker("a").forget().get();

  CHECK(eventually([&] { return plant.journal.text() == "stop a, start a"; }));
  CHECK(plant.total("a") == 0);
  CHECK(plant.child("a").status == "running");
}

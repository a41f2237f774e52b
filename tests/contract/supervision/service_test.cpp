// A whole service as one child: thousands of actors without a list, each judged by itself, stopped and held together.
#include "contract/supervision/workers.h"

using namespace troupe;
using namespace troupe::contract;

namespace {

ChildSpec workers(std::optional<Intensity> intensity = {}) {
  ChildSpec spec;
  spec.id = "workers";
  spec.start = service_start<Worker>(intensity);
  return spec;
}
ChildSpec helper(const std::string& id) {
  ChildSpec spec;
  spec.id = id;
  spec.start = actor_start<Helper>(id);
  return spec;
}

}  // namespace

TEST_CASE("actors of a whole service are activated by calls, passivated when idle, and judged each by itself") {
  Plant plant([](NodeConfig& config) {
    config.idle_after = 40ms;
    config.restart = {.restarts = 0, .window = 10s, .cooldown = 1min};
  });
  plant.supervise({.intensity = {0, 10s}, .children = {workers()}});
  CHECK(plant.add("k1", 1) == 1);
  CHECK(plant.child("workers").live == 1);
  CHECK(eventually([&] { return plant.journal.count("stop k1") == 1; }));

  CHECK(plant.crash("k2").kind() == ErrorKind::failed);

  CHECK(plant.crash("k2").message().find("is quarantined") != std::string::npos);
  CHECK(plant.add("k1", 1) == 2);
  CHECK(plant.child("workers").status == "running");
  CHECK(eventually([&] { return plant.child("workers").last_cause.find("Worker/k2.crash: the test wants") == 0; }));
  CHECK(plant.node().supervision().view().restarts == 0);
}

TEST_CASE("thousands of actors of a service stop with a sibling's crash, and come back from their last commits") {
  constexpr int kMany = 2'000;
  Plant plant;
  plant.supervise({.strategy = Strategy::one_for_all, .backoff = {1ms, 1ms}, .children = {helper("h"), workers()}});
  std::vector<std::future<Reply<Worker::AddResults>>> calls;
  for (int i = 0; i < kMany; ++i)
    calls.push_back(plant.worker("k" + std::to_string(i)).add([&](auto p) { p.setAmount(i); }).future());
  for (auto& call : calls) (void)call.get();
  CHECK(plant.child("workers").live == kMany);
  CHECK(eventually([&] { return plant.child("h").status == "running"; }));

  CHECK(error_of([&] { return plant.node().ref<Helper>("h").crash().get(); }).kind() == ErrorKind::failed);

  REQUIRE(eventually([&] { return plant.child("h").restarts == 1 && plant.child("workers").status == "running"; }));
  CHECK(plant.child("workers").live == 0);
  std::vector<std::future<Reply<Worker::TotalResults>>> totals;
  for (int i = 0; i < kMany; ++i) totals.push_back(plant.worker("k" + std::to_string(i)).total().future());
  std::int64_t sum = 0;
  for (auto& total : totals) sum += total.get()->getTotal();
  CHECK(sum == std::int64_t{kMany} * (kMany - 1) / 2);
}

TEST_CASE("while a whole service is stopped, calls wait for it if it comes back, and are unavailable if it does not") {
  Plant plant;
  Supervision tree{.strategy = Strategy::rest_for_one, .backoff = {1ms, 1ms}, .children = {helper("h"), workers()}};
  plant.supervise(tree);
  auto holds = plant.worker("slow").hold([](auto p) { p.setAmount(1); }).future();
  REQUIRE(eventually([&] { return plant.journal.count("hold slow") == 1; }));
  (void)error_of([&] { return plant.node().ref<Helper>("h").crash().get(); });
  REQUIRE(plant.comes_to("workers", "stopping"));
  auto waits = plant.worker("new").add([](auto p) { p.setAmount(5); }).future();
  auto behind = plant.worker("slow").add([](auto p) { p.setAmount(5); }).future();
  CHECK(plant.journal.count("start new") == 0);

  plant.journal.gate_open = true;

  CHECK(holds.get()->getTotal() == 1);
  CHECK(waits.get()->getTotal() == 5);
  CHECK(behind.get()->getTotal() == 6);
  plant.node().supervision().terminate_child("", "workers");
  const Error known = error_of([&] { return plant.total("slow"); });
  CHECK(known.kind() == ErrorKind::unavailable);
  CHECK(known.message().find("Worker/slow does not run: its s") == 0);
  CHECK(error_of([&] { return plant.total("unknown"); }).message() ==
        "Worker/unknown does not run: its service Worker is stopped by its supervisor");
  plant.node().supervision().restart_child("", "workers");
  CHECK(plant.total("slow") == 6);
  CHECK(plant.total("unknown") == 0);
}

TEST_CASE("crashes of a service's actors count together where it has an intensity") {
  Plant plant;
  std::promise<std::string> given_up;
  plant.supervise({.intensity = {0, 10s}, .children = {helper("h"), workers(Intensity{3, 1min})}},
                  {.on_given_up = [&](const std::string& why) { given_up.set_value(why); }});
  for (int i = 0; i < 3; ++i) (void)plant.crash("k" + std::to_string(i));
  CHECK(plant.add("k0", 1) == 1);

  (void)plant.crash("k9");

  CHECK(given_up.get_future().get().find("more than 3 crashes of its actors in 1 min; the last: Worker/k9.crash") !=
        std::string::npos);
  CHECK(error_of([&] { return plant.total("k0"); }).kind() == ErrorKind::unavailable);
}

// Services that live as pools: where calls go, and what becomes of them when members go.
#include <doctest/doctest.h>

#include "contract/placements/office.h"

using namespace troupe;
using namespace troupe::office;
using contract::Latch;

namespace {

void release(Node& node, const std::string& latch) { (void)node.ref<Latch>(latch).open().get(); }
std::uint32_t waiting(Node& node, const std::string& latch) {
  return node.ref<Latch>(latch).arrived().get()->getCount();
}

std::string said(const std::optional<Error>& error) { return error ? std::string(error->what()) : ""; }

}  // namespace

TEST_CASE("calls to a pool are spread over the nodes that host it, and over as many actors of each as it says") {
  Office office;
  for (const char* from : {"a", "c"}) {
    const Answered answered = ask_typists(office.at(from), 100);
    CHECK(answered.nodes == std::map<std::string, int>{{"a", 50}, {"b", 50}});
    CHECK(answered.actors.size() == 4);
  }
}

TEST_CASE("actors of a pool run beside each other, and what is more waits for one of them") {
  Office office({"a"});
  Node& node = office.at("a");
  Asked one(node.ref<Typist>().hold([](auto p) { p.setLatch("door"); }));
  Asked two(node.ref<Typist>("other key").hold([](auto p) { p.setLatch("door"); }));
  Asked three(node.ref<Typist>().hold([](auto p) { p.setLatch("door"); }));
  Asked four(node.ref<Typist>().hold([](auto p) { p.setLatch("door"); }));
  office.cluster.settle();
  CHECK(waiting(node, "door") == 3);  // two of the key that has three calls, and the one of the other

  release(node, "door");
  CHECK(office.cluster.eventually([&] { return one.ended() && two.ended() && three.ended() && four.ended(); }));
  for (auto* asked : {&one, &two, &three, &four}) CHECK_FALSE(asked->error());
}

TEST_CASE("an actor of a pool calls another, and the pool of a node alone is that node's") {
  Office office({"a"});
  const auto asked = office.at("a").ref<Typist>().ask().get();
  CHECK(asked->getPlace().getNode() == "a");
  CHECK(ask_typists(office.at("c"), 10).nodes == std::map<std::string, int>{{"a", 10}});
}

TEST_CASE("a node that cannot be reached gets no calls, and those of it that may be repeated go to others") {
  Office office;
  Node& from = office.at("c");
  std::string door = "door";
  while (office.cluster.owner_of({"Latch", door}).name() != "a") door += "'";
  std::vector<std::unique_ptr<Asked<Typist::HoldSafelyResults>>> safe;
  std::vector<std::unique_ptr<Asked<Typist::HoldResults>>> once;
  for (const char* key : {"one", "two"})
    safe.push_back(std::make_unique<Asked<Typist::HoldSafelyResults>>(
        from.ref<Typist>(key).holdSafely([&](auto p) { p.setLatch(door); })));
  for (const char* key : {"three", "four"})
    once.push_back(
        std::make_unique<Asked<Typist::HoldResults>>(from.ref<Typist>(key).hold([&](auto p) { p.setLatch(door); })));
  office.cluster.settle();
  office.cluster.partition("b", "c");

  CHECK(ask_typists(from, 20).nodes == std::map<std::string, int>{{"a", 20}});
  office.cluster.heal();
  release(from, door);
  CHECK(office.cluster.eventually([&] { return safe[0]->ended() && safe[1]->ended(); }));
  for (auto& asked : safe) CHECK(said(asked->error()) == "");
  int unknown = 0;
  for (auto& asked : once)
    if (const auto error = asked->error()) unknown += error->kind() == ErrorKind::unknown_outcome ? 1 : 100;
  CHECK(unknown == 1);
  CHECK(ask_typists(from, 20).nodes == std::map<std::string, int>{{"a", 10}, {"b", 10}});
}

TEST_CASE("a call to a pool that nobody serves waits for a member, until its deadline") {
  Office office({"a"});
  office.cluster.isolate("a");
  Asked early(office.at("c").ref<Typist>().where());
  office.cluster.settle();
  CHECK_FALSE(early.ended());
  office.cluster.heal();
  CHECK(office.cluster.eventually([&] { return early.ended(); }));
  CHECK(said(early.error()) == "");

  office.cluster.isolate("a");
  Asked late(office.at("c").ref<Typist>().where());
  office.cluster.clock().advance(11s);
  const auto error = late.error();
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::unavailable);
  CHECK_FALSE(error->may_have_run());
}

TEST_CASE("a call to a pool is cancelled where it runs") {
  Office office({"a"});
  for (const char* from : {"a", "c"}) {
    const std::string latch = std::string("door of ") + from;
    auto call = office.at(from).ref<Typist>().hold([&](auto p) { p.setLatch(latch); });
    const auto canceller = call.canceller();
    Asked asked(std::move(call));
    office.cluster.settle();
    REQUIRE_FALSE(asked.ended());
    canceller.cancel();
    office.cluster.settle();
    CHECK(asked.error()->kind() == ErrorKind::cancelled);
    CHECK(ask_typists(office.at(from), 4).actors.size() == 2);  // and both are free again
  }
}

TEST_CASE("a member whose calls fail in a row is left out until its time is over") {
  Office office;
  Node& from = office.at("c");
  for (unsigned i = 0; i < 2 * limits::kPoolEjectAfter; ++i) {
    auto ref = from.ref<Typist>();
    ref.timeout(10ms);
    Asked asked(ref.fail([](auto p) { p.setNode("b"); }));
    office.cluster.clock().advance(20ms);
    CHECK(asked.ended());
  }
  CHECK(ask_typists(from, 20).nodes == std::map<std::string, int>{{"a", 20}});
  office.cluster.clock().advance(limits::kPoolEjectFor);
  CHECK(ask_typists(from, 20).nodes.size() == 2);
}

TEST_CASE("a durable message to a pool is taken once, by any of its actors") {
  Office office;
  Node& from = office.at("c");
  const auto noted = [&] { return from.ref<Typist>().noted().get()->getCount(); };
  const std::uint32_t before = noted();
  for (int i = 0; i < 6; ++i) (void)from.ref<Chief>().tell([](auto p) { p.setText("x"); }).get();
  office.cluster.settle();
  CHECK(noted() == before + 6);
}

TEST_CASE("configuration says how calls of a node are spread, and how many actors it has") {
  Office office({"a", "b"},
                [](NodeConfig& config) { config.pools["Typist"] = {.balance = Balance::local_first, .instances = 3}; });
  const Answered own = ask_typists(office.at("b"), 30);
  CHECK(own.nodes == std::map<std::string, int>{{"b", 30}});
  CHECK(own.actors.size() == 3);
}

TEST_CASE("a pool's actors are not monitored by its address, and bad configuration of pools is refused") {
  Office office({"a"});
  try {
    (void)office.at("a").ref<Typist>().monitorPool().get();
    FAIL("monitored");
  } catch (const Error& error) {
    CHECK(std::string(error.what()).find("is a pool") != std::string::npos);
  }
  const auto refused = [](NodeConfig config) {
    try {
      Node node(std::move(config));
      node.host<VisitorRole>();
      return std::string();
    } catch (const Error& error) {
      return std::string(error.what());
    }
  };
  CHECK(refused({.pools = {{"Visitor", {.instances = 2}}}}).find("whose placement is keyed") != std::string::npos);
  CHECK(refused({.pools = {{"Typist", {.instances = limits::kMaxPoolInstances + 1}}}}).find("at most 1024") !=
        std::string::npos);
  CHECK(refused({.pools = {{"", {}}}}).find("an entry without a name") != std::string::npos);
  CHECK(refused({.pools = {{"Typist", {.balance = static_cast<Balance>(99)}}}}).find("is no way of balancing") !=
        std::string::npos);
  NodeConfig many;
  for (std::size_t i = 0; i <= limits::kMaxPools; ++i) many.pools["P" + std::to_string(i)] = {};
  CHECK(refused(std::move(many)).find("at most 256 are allowed") != std::string::npos);
}

// What becomes of calls in a mailbox here when another node owns their actor by the time that they are given up.
#include <doctest/doctest.h>

#include <chrono>
#include <future>
#include <string>

#include "core_node.h"
#include "script.h"
#include "troupe/testing.h"

using namespace troupe;
using namespace troupe::contract;
using namespace std::chrono_literals;

TEST_CASE("a turn that runs here is told that its caller gave up, though another node owns its actor by then") {
  std::promise<void> begun;
  ScriptPlan plan{.run = [&](ScriptRole& self) -> Task<> {
    begun.set_value();
    co_await self.sleep_for(1h);
  }};
  testing::CoreNode node;
  node.add_member("other");
  node.host<Script>([&] { return std::make_unique<ScriptRole>(plan); });
  node.start();
  auto& view = node.core().router.view();
  std::string key = "k";
  while (!view.owned_here(partition_of(ServiceOf<Script>::info().id, key, false))) key += "k";
  auto script = node.ref<Script>(key);
  script.timeout(1h);
  auto call = script.run();
  begun.get_future().get();
  (void)script.ping().get();  // a turn runs beside it: it sleeps, and looks at nothing by itself
  const PartitionId partition = node.address<Script>(key)->partition;
  REQUIRE(view.show(view.get()->with(partition, {1, 2})).ok());
  REQUIRE(!view.owned_here(partition));

  call.cancel();

  CHECK(testing::eventually([&] { return node.running().context().turns_cancelled == 1; }));
}

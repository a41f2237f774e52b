// What a node that stops still lets begin: nothing.
#include <doctest/doctest.h>

#include "contract/cast.h"
#include "core_node.h"
#include "troupe/testing.h"

using namespace troupe;
using namespace troupe::contract;

TEST_CASE("no turn begins once a node's actors are stopped, also not behind one that ends just then") {
  testing::CoreNode node;
  node.host<Account>(make_account);
  node.host<Latch>(make_latch);
  node.start();
  auto around = node.ref<Account>("a").addAround([](auto p) { p.setLatch("l"); }).future();
  REQUIRE(testing::eventually([&] { return node.ref<Latch>("l").arrived().get()->getCount() == 1; }));
  auto behind = node.ref<Account>("a").add([](auto p) { p.setAmount(1); }).future();
  const Error why(ErrorKind::unavailable, "the node stopped");

  node.core().registry.start_no_turns();
  node.core().registry.stop(*node.address<Latch>("l"), why);
  CHECK_THROWS_AS((void)around.get(), Error);
  (void)node.core().registry.stop_all(why);

  try {
    (void)behind.get();
    FAIL("a turn began");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::unavailable);
    CHECK_FALSE(error.may_have_run());
  }
}

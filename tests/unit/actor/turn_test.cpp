// The output gate: nothing that rests on a commit is heard of before the disk has it.
#include <doctest/doctest.h>

#include <chrono>

#include "one_worker.h"

using namespace troupe;
using namespace troupe::contract;
using troupe::testing::disk;
using namespace std::chrono_literals;

namespace {

class GatedAccount : public testing::OneWorker {
 public:
  [[nodiscard]] Ref<Account> account() { return ref<Account>("a"); }
  [[nodiscard]] std::uint32_t arrived(const std::string& latch) {
    return ref<Latch>(latch).arrived().get()->getCount();
  }
  void open(const std::string& latch) { (void)ref<Latch>(latch).open().get(); }
  // Leaves a commit of the account on its way to the disk, and the disk held.
  [[nodiscard]] auto add_and_hold() {
    disk().hold();
    auto added = account().add([](auto p) { p.setAmount(1); }).future();
    REQUIRE(disk().wait_for_sync());
    return added;
  }
};

template <class Future>
bool has_come(const Future& reply) {
  return reply.wait_for(0s) == std::future_status::ready;
}

}  // namespace

TEST_CASE("a reply does not leave before its turn's commit is on disk") {
  GatedAccount node;

  auto added = node.add_and_hold();
  node.let_earlier_calls_run();
  CHECK_FALSE(has_come(added));

  disk().release();
  CHECK(added.get()->getBalance() == 1);
}

TEST_CASE("a reply or refusal decided on a state that is not yet on disk waits for it") {
  GatedAccount node;
  auto added = node.add_and_hold();

  auto read = node.account().balance().future();
  auto refused = node.account().addThen([](auto p) { p.setAmount(1), p.setEnding("refuse"); }).future();
  node.let_earlier_calls_run();
  CHECK_FALSE(has_come(read));
  CHECK_FALSE(has_come(refused));

  disk().release();
  CHECK(read.get()->getBalance() == 1);
  CHECK_THROWS_AS((void)refused.get(), Error);
  CHECK(added.get()->getBalance() == 1);
}

TEST_CASE("a nested call of a later turn waits for the commits of the earlier ones") {
  GatedAccount node;
  auto added = node.add_and_hold();

  auto nested = node.account().addAround([](auto p) { p.setAmount(10), p.setLatch("l"); }).future();
  node.let_earlier_calls_run();
  CHECK(node.arrived("l") == 0);

  disk().release();
  node.open("l");
  CHECK(nested.get()->getBalance() == 11);
  CHECK(added.get()->getBalance() == 1);
}

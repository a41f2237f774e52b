// The output gate: nothing that rests on a commit is heard of before the disk has it.
#include <doctest/doctest.h>

#include <chrono>

#include "contract/cast.h"
#include "held_disk.h"
#include "support/scratch_directory.h"

using namespace troupe;
using namespace troupe::contract;
using troupe::testing::disk;
using namespace std::chrono_literals;

namespace {

// A node with one worker thread: what was called earlier has run when a later call to another actor has its reply.
class OneWorker {
 public:
  OneWorker() : node_({.name = "n", .data_dir = directory_.path(), .threads = 1, .admin = false}) {
    host_cast(node_);
    node_.start();
  }
  ~OneWorker() { disk().let_go(); }

  [[nodiscard]] Ref<Account> account() { return node_.ref<Account>("a"); }
  [[nodiscard]] std::uint32_t arrived(const std::string& latch) {
    return node_.ref<Latch>(latch).arrived().get()->getCount();
  }
  void open(const std::string& latch) { (void)node_.ref<Latch>(latch).open().get(); }
  void let_earlier_calls_run() { (void)node_.ref<Desk>("d").calls().get(); }
  // Leaves a commit of the account on its way to the disk, and the disk held.
  [[nodiscard]] auto add_and_hold() {
    disk().hold();
    auto added = account().add([](auto p) { p.setAmount(1); }).future();
    REQUIRE(disk().wait_for_sync());
    return added;
  }

 private:
  testing::ScratchDirectory directory_;
  Node node_;
};

template <class Future>
bool has_come(const Future& reply) {
  return reply.wait_for(0s) == std::future_status::ready;
}

}  // namespace

TEST_CASE("a reply does not leave before its turn's commit is on disk") {
  OneWorker node;

  auto added = node.add_and_hold();
  node.let_earlier_calls_run();
  CHECK_FALSE(has_come(added));

  disk().let_go();
  CHECK(added.get()->getBalance() == 1);
}

TEST_CASE("a reply or refusal decided on a state that is not yet on disk waits for it") {
  OneWorker node;
  auto added = node.add_and_hold();

  auto read = node.account().balance().future();
  auto refused = node.account().addThen([](auto p) { p.setAmount(1), p.setEnding("refuse"); }).future();
  node.let_earlier_calls_run();
  CHECK_FALSE(has_come(read));
  CHECK_FALSE(has_come(refused));

  disk().let_go();
  CHECK(read.get()->getBalance() == 1);
  CHECK_THROWS_AS((void)refused.get(), Error);
  CHECK(added.get()->getBalance() == 1);
}

TEST_CASE("a nested call of a later turn waits for the commits of the earlier ones") {
  OneWorker node;
  auto added = node.add_and_hold();

  auto nested = node.account().addAround([](auto p) { p.setAmount(10), p.setLatch("l"); }).future();
  node.let_earlier_calls_run();
  CHECK(node.arrived("l") == 0);

  disk().let_go();
  node.open("l");
  CHECK(nested.get()->getBalance() == 11);
  CHECK(added.get()->getBalance() == 1);
}

// What a node knows of its cluster: views that do not change, and the one it goes by.
#include "cluster/cluster_view.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "cluster/current_view.h"

using namespace troupe;
using namespace troupe::cluster;

namespace {

std::vector<Member> three() { return {{.name = "a"}, {.name = "b"}, {.name = "c"}}; }

// A partition that `owner` has in the static list.
PartitionId partition_of_member(const ClusterView& view, MemberIndex owner) {
  PartitionId partition = 0;
  while (view.of(partition).owner != owner) ++partition;
  return partition;
}

}  // namespace

TEST_CASE("a static list makes one view: the owners of the placement, all in the first epoch") {
  const auto list = three();
  const StaticPlacement placement(list);
  const ClusterView view(list);

  CHECK(view.version() == 1);
  for (PartitionId p = 0; p < kAllPartitions; ++p) {
    CHECK(view.of(p) == Ownership{placement.owner(p % kPartitions), kFirstEpoch});
    CHECK(view.owner_of(p).name == list[placement.owner(p % kPartitions)].name);
  }
  CHECK(view.find("c") == MemberIndex{2});
  CHECK(!view.find("d"));
}

TEST_CASE("a change of owner makes another view, and the one before stays as it is") {
  const ClusterView before(three());
  const PartitionId moved = partition_of_member(before, 0);

  const ClusterView after = before.with(moved, {2, 7});

  CHECK(after.version() == 2);
  CHECK(after.of(moved) == Ownership{2, 7});
  CHECK(before.version() == 1);
  CHECK(before.of(moved) == Ownership{0, kFirstEpoch});
  for (PartitionId p = 0; p < kPartitions; ++p)
    if (p != moved) CHECK(after.of(p) == before.of(p));
}

TEST_CASE("a node goes by the view that was shown last, and who holds an older one keeps it") {
  const ClusterView first(three());
  CurrentView current(first, "b");
  const PartitionId moved = partition_of_member(first, 0);
  const auto held = current.get();

  CHECK(current.self() == 1);
  CHECK(!current.owned_here(moved));
  CHECK(current.show(first.with(moved, {1, kMaxEpoch})).ok());

  CHECK(current.owned_here(moved));
  CHECK(current.of(moved) == Ownership{1, kMaxEpoch});
  CHECK(current.owner_name(moved) == "b");
  CHECK(current.get()->version() == 2);
  CHECK(held->version() == 1);
  CHECK(held->of(moved).owner == 0);
}

TEST_CASE("a member that is new stands behind those that are known, and may own at once") {
  const ClusterView first(three());
  CurrentView current(first, "b");
  auto more = first.members();
  more.push_back({{.name = "d"}});
  auto owners = first.owners();
  owners[0] = {3, 2};

  CHECK(current.show(ClusterView(2, more, owners)).ok());

  CHECK(current.of(0) == Ownership{3, 2});
  CHECK(current.owner_name(0) == "d");
  CHECK(current.self() == 1);
}

TEST_CASE("a view that is no later one, or has a known member elsewhere, is refused and changes nothing") {
  const ClusterView first(three());
  CurrentView current(first, "b");
  auto fewer = first.members(), moved = first.members();
  fewer.pop_back();
  std::swap(moved[0], moved[2]);
  ClusterView::Owners owners = first.owners();
  owners.fill({0, 2});

  const auto again = current.show(first);
  const auto without = current.show(ClusterView(2, fewer, owners));
  const auto others = current.show(ClusterView(2, moved, owners));

  REQUIRE(!again.ok());
  CHECK(again.error().message().find("version 1 of the cluster's view comes after version 1") != std::string::npos);
  CHECK(!without.ok());
  REQUIRE(!others.ok());
  CHECK(others.error().message().find("leaves out a member that was known") != std::string::npos);
  CHECK(current.get()->version() == 1);
}

TEST_CASE("what another node says of an owner is believed when it is news, and moves nothing here or away from here") {
  const ClusterView first(three());
  CurrentView current(first, "b");
  const PartitionId others = partition_of_member(first, 0), ours = partition_of_member(first, 1);

  CHECK(!current.hear(others, {2, kFirstEpoch}));    // as old as what is known
  CHECK(!current.hear(others, {1, 9}));              // it would make this node an owner
  CHECK(!current.hear(ours, {2, 9}));                // it would take from this node
  CHECK(!current.hear(others, {3, 9}));              // no member
  CHECK(!current.hear(others, {2, kMaxEpoch + 1}));  // no epoch
  CHECK(current.get()->version() == 1);

  CHECK(current.hear(others, {2, 2}));
  CHECK(current.of(others) == Ownership{2, 2});
  CHECK(current.get()->of(others) == Ownership{2, 2});
  CHECK(!current.hear(others, {0, 2}));
}

TEST_CASE("a view that is shown stands against what was heard, also with lower epochs") {
  const ClusterView first(three());
  CurrentView current(first, "b");
  const PartitionId others = partition_of_member(first, 0);
  REQUIRE(current.hear(others, {2, 1'000}));

  CHECK(current.show(current.get()->with(others, {0, 3})).ok());

  CHECK(current.of(others) == Ownership{0, 3});
}

TEST_CASE("an owner is never read with another's epoch while views replace each other") {
  const ClusterView first(three());
  CurrentView current(first, "b");
  const PartitionId moved = partition_of_member(first, 0);
  std::atomic<bool> done{false};
  std::atomic<int> torn{0};
  std::thread reader([&] {
    while (!done) {
      const Ownership read = current.of(moved);
      const auto whole = current.get()->of(moved);
      for (const Ownership& one : {read, whole})
        if (one.owner != (one.epoch % 2 == 0 ? 2 : 0)) ++torn;
    }
  });

  ClusterView view = first;
  for (Epoch epoch = 2; epoch < 5'000; ++epoch) {
    view = view.with(moved, {static_cast<MemberIndex>(epoch % 2 == 0 ? 2 : 0), epoch});
    REQUIRE(current.show(view).ok());
  }
  done = true;
  reader.join();

  CHECK(torn == 0);
}

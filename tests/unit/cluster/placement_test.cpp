#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "cluster/placement.h"

using namespace troupe;
using namespace troupe::cluster;

namespace {

std::vector<Member> members(int count) {
  std::vector<Member> out;
  for (int i = 0; i < count; ++i)
    out.push_back({.name = "shop-" + std::to_string(i + 1), .port = static_cast<std::uint16_t>(9000 + i)});
  return out;
}

std::string owners(const StaticPlacement& placement, const std::vector<Member>& list, PartitionId count) {
  std::string out;
  for (PartitionId p = 0; p < count; ++p) out += list[placement.owner(p)].name.back();
  return out;
}

std::string refusal(std::vector<Member> list, const std::string& self) {
  const auto checked = check_members(list, self);
  return checked.ok() ? "" : checked.error().message();
}

}  // namespace

TEST_CASE("placement is the same in every version: it decides where committed state lies") {
  const auto three = members(3);

  CHECK(owners(StaticPlacement(three), three, 64) ==
        "3321322223333233121311331311221322321221323321322312132111133121");
  CHECK(partition_of(0x9d3c1f5be07a4626, "order-1") == 52);
  CHECK(partition_of(0x9d3c1f5be07a4626, "") == 16);
  CHECK(partition_of(1, "a key that is longer than eight bytes") == 13);
  CHECK(membership_hash(three) == 16209523148683467300ULL);
}

TEST_CASE("the order of the list decides nothing") {
  auto list = members(5);
  const StaticPlacement forward(list);
  auto backward = list;
  std::reverse(backward.begin(), backward.end());

  CHECK(owners(forward, list, kPartitions) == owners(StaticPlacement(backward), backward, kPartitions));
  CHECK(membership_hash(list) == membership_hash(backward));
}

TEST_CASE("every member owns about its share") {
  for (int count : {2, 3, 5, 8}) {
    CAPTURE(count);
    const auto list = members(count);
    const StaticPlacement placement(list);
    std::map<MemberIndex, int> owned;
    for (PartitionId p = 0; p < kPartitions; ++p) ++owned[placement.owner(p)];

    CHECK(owned.size() == static_cast<std::size_t>(count));
    for (const auto& [member, partitions] : owned) {
      CHECK(partitions > kPartitions / count / 2);
      CHECK(partitions < kPartitions / count * 2);
    }
  }
}

TEST_CASE("a member that joins takes only its own share, and nothing else moves") {
  const auto before = members(4);
  const auto after = members(5);
  const StaticPlacement old_placement(before), new_placement(after);

  int moved = 0;
  for (PartitionId p = 0; p < kPartitions; ++p) {
    if (new_placement.owner(p) == old_placement.owner(p)) continue;
    CHECK(new_placement.owner(p) == 4);
    ++moved;
  }
  CHECK(moved > 0);
  CHECK(moved < kPartitions * 2 / 5);
}

TEST_CASE("a client owns nothing") {
  auto list = members(3);
  list[1].client = true;
  const StaticPlacement placement(list);

  for (PartitionId p = 0; p < kPartitions; ++p) CHECK(placement.owner(p) != 1);
  CHECK(membership_hash(list) != membership_hash(members(3)));
}

TEST_CASE("a list that cannot be a cluster is refused with the reason") {
  CHECK(refusal(members(3), "shop-2").empty());
  CHECK(refusal({}, "a").find("a is not in") != std::string::npos);
  CHECK(refusal(members(2), "shop-9").find("shop-9 is not in") != std::string::npos);
  CHECK(refusal({{.name = "a"}, {.name = ""}}, "a").find("has no name") != std::string::npos);
  CHECK(refusal({{.name = "a"}, {.name = "a"}}, "a").find("two members are named a") != std::string::npos);
  CHECK(refusal({{.name = "a", .port = 5}, {.name = "b", .port = 5}}, "a").find("127.0.0.1:5") != std::string::npos);
  CHECK(refusal({{.name = "a", .client = true}}, "a").find("every member is a client") != std::string::npos);
}

TEST_CASE("members whose ports are not known yet may share port 0") {
  CHECK(refusal({{.name = "a"}, {.name = "b"}}, "a").empty());
}

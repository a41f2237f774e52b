// A partition that one node closes and another opens: calls go after it, whoever made them and wherever they wait.
#include <doctest/doctest.h>

#include <thread>
#include <vector>

#include "reached_node.h"
#include "troupe/testing.h"

using namespace troupe;
using namespace troupe::contract;
using namespace troupe::partition;

namespace {

// Two nodes that own half of the partitions each.
struct Pair {
  Pair() {
    members = {{.name = "one", .port = testing::free_port()}, {.name = "two", .port = testing::free_port()}};
    for (const Member& member : members) {
      nodes.push_back(std::make_unique<ReachedNode>(NodeConfig{
          .name = member.name, .members = members, .threads = 2, .default_timeout = std::chrono::seconds(60)}));
      host_cast(nodes.back()->node());
      nodes.back()->node().start();
    }
    for (auto& node : nodes) REQUIRE(node->node().wait_connected(60s));
  }
  [[nodiscard]] cluster::CurrentView& view(std::size_t i) { return nodes[i]->parts().routing().router.view(); }
  [[nodiscard]] std::size_t owner(PartitionId partition) { return view(0).owner(partition); }
  // To the new owner first: one that does not know yet that it is sends calls back.
  void show(PartitionId partition, std::size_t owner, Epoch epoch) {
    for (const std::size_t i : {owner, 1 - owner})
      view(i).show(view(i).get()->with(partition, {static_cast<cluster::MemberIndex>(owner), epoch})).value();
  }
  // From whoever has it to the other one.
  void move(PartitionId partition) {
    const std::size_t from = owner(partition), to = 1 - from;
    const Epoch epoch = view(0).of(partition).epoch + 1;
    REQUIRE(nodes[from]->partition(partition).close(10s).ok());
    show(partition, to, epoch);
    REQUIRE(nodes[from]->partition(partition).hand_over().ok());
    REQUIRE(nodes[to]->partition(partition).open(epoch).ok());
  }

  std::vector<Member> members;
  std::vector<std::unique_ptr<ReachedNode>> nodes;
};

}  // namespace

TEST_CASE("calls that wait for a partition go to the node that leads it next, from both nodes, and so do later ones") {
  Pair pair;
  const PartitionId partition = ReachedNode::number_of<Desk>("d");
  const std::size_t from = pair.owner(partition), to = 1 - from;
  const auto here = pair.nodes[from]->node().ref<Desk>("d"), there = pair.nodes[to]->node().ref<Desk>("d");
  CHECK(here.count([](auto) {}).get()->getCalls() == 1);
  CHECK(there.count([](auto) {}).get()->getCalls() == 2);

  REQUIRE(pair.nodes[from]->partition(partition).close(10s).ok());
  auto first = here.count([](auto) {}).future();
  auto second = there.count([](auto) {}).future();
  CHECK(first.wait_for(50ms) == std::future_status::timeout);
  CHECK(second.wait_for(0ms) == std::future_status::timeout);
  pair.show(partition, to, 2);
  REQUIRE(pair.nodes[from]->partition(partition).hand_over().ok());
  REQUIRE(pair.nodes[to]->partition(partition).open(2).ok());

  CHECK(first.get()->getCalls() + second.get()->getCalls() == 3);  // of a new desk, which kept nothing
  CHECK(here.count([](auto) {}).get()->getCalls() == 3);
  CHECK(there.count([](auto) {}).get()->getCalls() == 4);
  pair.move(partition);  // and back
  CHECK(there.count([](auto) {}).get()->getCalls() == 1);
  CHECK(here.count([](auto) {}).get()->getCalls() == 2);
}

TEST_CASE("a partition that goes to and fro under load loses no call, and no call runs twice") {
  Pair pair;
  const PartitionId partition = ReachedNode::number_of<Desk>("d");
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> answered{0};
  std::atomic<int> failed{0};
  std::vector<std::thread> callers;
  for (std::size_t i = 0; i < 4; ++i) {
    callers.emplace_back([&, i] {
      const auto desk = pair.nodes[i % 2]->node().ref<Desk>("d");
      while (!stop) try {
          (void)desk.count([](auto) {}).get();
          ++answered;
        } catch (const Error& error) {
          MESSAGE(std::string(error.what()));
          ++failed;
        }
    });
  }
  for (int round = 0; round < 20; ++round) {
    const auto before = answered.load();
    pair.move(partition);
    CHECK(eventually([&] { return answered > before; }));
  }
  stop = true;
  for (auto& caller : callers) caller.join();
  CHECK(failed == 0);
  CHECK(answered > 20);
}

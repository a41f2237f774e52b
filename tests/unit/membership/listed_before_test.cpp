// From a list of members to a coordinator: several stores of one list join, and what contradicts the coordinator is
// refused.
#include <doctest/doctest.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "coordinator/open.h"
#include "joined_nodes.h"

using namespace troupe;
using namespace troupe::contract;
using namespace troupe::testing;

namespace {

constexpr int kListedAccounts = 60;
const std::vector<std::string> kNames = {"one", "two", "three"};

std::string listed_account(int number) { return "a" + std::to_string(number); }

// The stores of three listed members, with an amount in each account.
void fill(JoinedNodes& nodes) {
  std::vector<Member> members;
  for (const auto& name : kNames) members.push_back({.name = name, .port = free_port()});
  std::vector<std::unique_ptr<Node>> listed;
  for (const auto& name : kNames) {
    NodeConfig config{.name = name,
                      .cluster = "c",
                      .data_dir = nodes.data_of(name),
                      .members = members,
                      .threads = 1,
                      .admin = false};
    listed.push_back(std::make_unique<Node>(config));
    host_cast(*listed.back());
    listed.back()->start();
  }
  for (int i = 0; i < kListedAccounts; ++i)
    (void)listed[0]->ref<Account>(listed_account(i)).add([&](auto p) { p.setAmount(i); }).get();
  for (auto& node : listed) (void)node->stop(5s);
}

// Each waits in start() for the others. What it throws comes back, in their order.
std::vector<std::string> start_all(JoinedNodes& nodes, const std::vector<std::string>& names,
                                   std::chrono::milliseconds timeout = 15s) {
  std::vector<std::string> refused(names.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < names.size(); ++i)
    threads.emplace_back([&, i] { refused[i] = refusal(nodes, names[i], {.timeout = timeout}).message(); });
  for (auto& thread : threads) thread.join();
  return refused;
}

void check_all(Node& node) {
  for (int i = 0; i < kListedAccounts; ++i)
    CHECK(node.ref<Account>(listed_account(i)).balance().get()->getBalance() == i);
}

}  // namespace

TEST_CASE("three stores of a list join a coordinator with all that is in them, and share it from then on") {
  JoinedNodes nodes;
  fill(nodes);

  CHECK(start_all(nodes, kNames) == std::vector<std::string>(3));

  check_all(nodes.node("two"));
  const auto has_share = [&](const auto& name) { return nodes.led(name) >= 170 && nodes.led(name) <= 172; };
  REQUIRE(eventually([&] { return std::all_of(kNames.begin(), kNames.end(), has_share); }, 60s));
  for (const auto& name : kNames) check_all(nodes.node(name));
  nodes.start("four");
  nodes.await_led({{"one", 128}, {"two", 128}, {"three", 128}, {"four", 128}});
  check_all(nodes.node("four"));
  for (const auto& name : kNames) nodes.stop(name);
  CHECK(start_all(nodes, kNames) == std::vector<std::string>(3));
  check_all(nodes.node("one"));
}

TEST_CASE("while a member of the list is missing nobody claims what it has, and it is said whom to start") {
  JoinedNodes nodes;
  fill(nodes);

  std::vector<std::string> refused = start_all(nodes, {"one", "three"}, 500ms);
  for (const auto& why : refused) CHECK(why.find("every member of the former list") != std::string::npos);

  std::thread first([&] { CHECK(refusal(nodes, "one").message().empty()); });
  const bool came = eventually(
      [&] {
        auto coordinator = coordinator::open(nodes.config("x").join.coordinator);
        return coordinator.ok() && (*coordinator)->get("alive/one", 1s).value().has_value();
      },
      30s);
  std::thread fresh([&] { CHECK(refusal(nodes, "fresh").message().empty()); });
  CHECK(start_all(nodes, {"two", "three"}) == std::vector<std::string>(2));
  first.join();
  fresh.join();

  CHECK(came);
  check_all(nodes.node("fresh"));
}

TEST_CASE("a list of members for a store that a coordinator speaks for is refused, and says so") {
  JoinedNodes nodes;
  (void)nodes.start("one").ref<Account>("a").add([](auto p) { p.setAmount(5); }).get();
  nodes.stop("one");
  const auto listed = [&](std::vector<Member> members) -> std::string {
    Node node({.name = "one", .cluster = "c", .data_dir = nodes.data_of("one"), .members = std::move(members)});
    host_cast(node);
    try {
      node.start();
    } catch (const Error& error) {
      return error.message();
    }
    return {};
  };

  for (const auto& members : {std::vector<Member>{}, std::vector<Member>{{.name = "one", .port = free_port()},
                                                                         {.name = "two", .port = free_port()}}})
    CHECK(listed(members).find("is of a cluster whose members find each other by a coordinator, which says what is in "
                               "it") != std::string::npos);

  CHECK(nodes.start("one").ref<Account>("a").balance().get()->getBalance() == 5);
}

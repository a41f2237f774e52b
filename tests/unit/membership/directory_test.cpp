// Who is in the cluster and which services there are, as host programs see it.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <nlohmann/json.hpp>
#include <vector>

#include "joined_nodes.h"

using namespace troupe;
using namespace troupe::contract;
using namespace troupe::testing;
using Directories = std::vector<std::shared_ptr<const ClusterDirectory>>;

namespace {

// What was told, in its order.
class HeardDirectories {
 public:
  auto hear() {
    return [this](const std::shared_ptr<const ClusterDirectory>& directory) {
      const std::lock_guard lock(mutex_);
      all_.push_back(directory);
    };
  }
  [[nodiscard]] Directories all() const {
    const std::lock_guard lock(mutex_);
    return all_;
  }
  [[nodiscard]] bool knows(const std::string& member, bool alive) const {
    const auto all = this->all();
    const DirectoryMember* found = all.empty() ? nullptr : all.back()->member(member);
    return found && found->alive == alive;
  }

 private:
  mutable std::mutex mutex_;
  Directories all_;
};

}  // namespace

TEST_CASE("a directory names members and their services as they joined, and what vanishes goes with its node") {
  JoinedNodes nodes;
  Node& one = nodes.start("one");
  nodes.start("two", {.weight = 7, .change = [](NodeConfig& config) {
                        config.join.zone = "b";
                        config.join.labels = {{"disk", "fast"}};
                      }});
  HeardDirectories told;
  const DirectorySubscription subscription = one.on_directory_change(told.hear());
  REQUIRE(eventually([&] { return told.knows("two", true); }, 30s));

  const auto directory = one.directory();

  CHECK(directory->cluster == "c");
  CHECK(directory->joined);
  CHECK(one.directory() == directory);
  const DirectoryMember& two = *directory->member("two");
  CHECK(two.port == nodes.node("two").port());
  CHECK(two.zone == "b");
  CHECK(two.labels.at("disk") == "fast");
  CHECK(two.weight == 7);
  CHECK(two.incarnation == 1);
  CHECK(two.standing == MemberStanding::serving);
  CHECK(directory->member("nobody") == nullptr);
  const DirectoryService& account = *directory->service("Account");
  CHECK(account.durable);
  REQUIRE(account.hosts.size() == 2);
  CHECK(account.hosts[0].member == "one");
  CHECK(account.hosts[0].schema_hash == account.hosts[1].schema_hash);
  CHECK(account.hosts[0].schema_hash != 0);
  CHECK(directory->service("Nothing") == nullptr);
  const auto shown = nlohmann::json::parse(one.admin("GET", "/directory", "").second);
  CHECK(shown["members"][1]["name"] == "two");
  CHECK(shown["services"][0]["hosts"].size() == 2);

  nodes.stop("two");
  REQUIRE(eventually([&] { return told.knows("two", false); }, 30s));
  CHECK(one.directory()->service("Account")->hosts.size() == 1);
  const auto all = told.all();
  for (std::size_t i = 1; i < all.size(); ++i) CHECK(all[i]->version > all[i - 1]->version);
}

TEST_CASE("a node of a list knows who is linked, and its own services alone") {
  ScratchDirectory directory;
  const std::vector<Member> members = {{.name = "one", .port = free_port()},
                                       {.name = "desk", .port = free_port(), .client = true}};
  Node one({.name = "one", .data_dir = directory / "one", .members = members, .admin = false});
  host_cast(one);
  one.start();

  CHECK_FALSE(one.directory()->joined);
  CHECK(one.directory()->member("one")->alive);
  CHECK_FALSE(one.directory()->member("desk")->alive);
  REQUIRE(one.directory()->service("Account"));
  CHECK(one.directory()->service("Account")->hosts.size() == 1);
  Node desk({.name = "desk", .members = members, .admin = false});
  desk.start();
  CHECK(eventually([&] { return one.directory()->member("desk")->alive; }, 30s));
  CHECK(desk.directory()->services.empty());
  CHECK(desk.directory()->member("desk")->client);
}

TEST_CASE("a subscription that ended is not called any more, whoever ends it, and what is thrown harms nobody") {
  JoinedNodes nodes;
  Node& one = nodes.start("one");
  std::atomic<int> thrown{0}, own{0};
  const auto throwing = one.on_directory_change([&](const auto&) {
    ++thrown;
    throw std::runtime_error("no");
  });
  DirectorySubscription ends_itself;
  std::mutex made;
  {
    const std::lock_guard lock(made);
    ends_itself = one.on_directory_change([&](const auto&) {
      const std::lock_guard wait(made);
      ++own;
      ends_itself.end();
    });
  }
  HeardDirectories ended, goes_on;
  auto subscription = one.on_directory_change(ended.hear());
  auto moved = std::move(subscription);
  const auto other = one.on_directory_change(goes_on.hear());
  REQUIRE(eventually([&] { return !ended.all().empty() && thrown > 0 && own == 1; }, 30s));
  moved.end();
  const auto heard = ended.all().size();

  nodes.start("two");
  REQUIRE(eventually([&] { return goes_on.knows("two", true) && thrown > 1; }, 30s));

  CHECK(ended.all().size() == heard);
  CHECK(own == 1);
  moved.end();
}

TEST_CASE("a directory is not there before the node is started nor after it has stopped, and an empty callback never") {
  HeardDirectories told;
  DirectorySubscription subscription;
  {
    Node node({.name = "alone", .threads = 1});
    CHECK_THROWS_AS((void)node.directory(), Error);
    CHECK_THROWS_AS((void)node.on_directory_change(told.hear()), Error);
    node.start();
    CHECK_THROWS_AS((void)node.on_directory_change({}), Error);
    subscription = node.on_directory_change(told.hear());
    std::vector<DirectorySubscription> others;
    for (std::size_t i = 1; i < limits::kMaxDirectorySubscriptions; ++i)
      others.push_back(node.on_directory_change([](const auto&) {}));
    try {
      (void)node.on_directory_change(told.hear());
      FAIL("one too many");
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::overloaded);
    }
    REQUIRE(eventually([&] { return !told.all().empty(); }, 30s));
    const auto kept = node.directory();
    CHECK(node.stop(5s).complete);
    CHECK(kept->member("alone")->alive);
    CHECK_THROWS_AS((void)node.directory(), Error);
    CHECK_THROWS_AS((void)node.on_directory_change(told.hear()), Error);
  }
  subscription.end();
}

TEST_CASE("a callback that does not return holds up the stop of its node, which says so") {
  Node node({.name = "alone", .threads = 1});
  node.start();
  std::atomic<bool> in{false}, on{false}, out{false};
  const auto subscription = node.on_directory_change([&](const auto&) {
    in = true;
    while (!on) std::this_thread::yield();
    out = true;
  });
  REQUIRE(eventually([&] { return in.load(); }, 30s));

  const StopReport stuck = node.stop(0ms);

  CHECK_FALSE(stuck.complete);
  CHECK(stuck.stuck[0] == "a callback of Node::on_directory_change(), which does not return");
  on = true;
  CHECK(eventually([&] { return out.load(); }, 30s));
}

TEST_CASE("a member whose link is lost for good is suspect to that node alone, until it is back; its partitions stay") {
  JoinedNodes nodes;
  Node& one = nodes.start("one");
  Node& two = nodes.start("two");
  Node& three = nodes.start("three");
  nodes.await_led({{"one", 172}, {"two", 170}, {"three", 170}});
  REQUIRE(one.wait_connected(30s));
  const auto suspects = [](Node& node, const std::string& member) { return node.directory()->member(member)->suspect; };
  REQUIRE_FALSE(suspects(one, "two"));

  nodes.part("one", "two");
  nodes.part("two", "one");

  REQUIRE(eventually([&] { return suspects(one, "two") && suspects(two, "one"); }, 30s));
  CHECK_FALSE(suspects(three, "two"));
  CHECK(one.directory()->member("two")->alive);
  const auto view = nodes.parts("one").routing().router.view().get();
  CHECK(view->members()[*view->find("two")].offers(ServiceOf<Account>::info().id));
  const auto told = nlohmann::json::parse(one.admin("GET", "/members", "").second)["members"];
  for (const auto& member : told) CHECK(member["suspectSinceMs"].is_number() == (member["name"] == "two"));
  CHECK(nodes.led("two") == 170);
  nodes.part("one", "");
  nodes.part("two", "");
  CHECK(eventually([&] { return !suspects(one, "two") && !suspects(two, "one"); }, 30s));
  CHECK(nodes.led("two") == 170);
}

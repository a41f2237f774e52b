// The services' own checks, readiness, and what other members hear of both.
#include <doctest/doctest.h>

#include <atomic>
#include <mutex>
#include <nlohmann/json.hpp>

#include "joined_nodes.h"

using namespace troupe;
using namespace troupe::contract;
using namespace troupe::testing;

namespace {

// What the check of a test's Account says; a text that begins with '!' is thrown.
class Check {
 public:
  void says(const std::string& text) {
    const std::lock_guard lock(mutex_);
    text_ = text;
  }
  HostOptions options() {
    HostOptions out;
    out.health = [this] {
      ++runs;
      if (most < ++at_once) most = at_once.load();
      while (hangs) std::this_thread::yield();
      --at_once;
      const std::lock_guard lock(mutex_);
      if (text_.starts_with("!")) throw std::runtime_error(text_.substr(1));
      return text_;
    };
    return out;
  }
  std::atomic<int> runs{0};
  std::atomic<int> at_once{0};
  std::atomic<int> most{0};
  std::atomic<bool> hangs{false};

 private:
  std::mutex mutex_;
  std::string text_;
};

void quick(NodeConfig& config) {
  config.watch.check_every = 5ms;
  config.watch.slow_check = 50ms;
}

std::string sick_in(const Node& node) {
  std::string out;
  for (const auto& sick : node.health().services) out += sick.service + ": " + sick.why;
  return out;
}

// What `at` knows of Account of that member; nothing: it does not know that it has one.
std::optional<DirectoryHost> account_of(const Node& at, const std::string& member) {
  const auto directory = at.directory();
  const DirectoryService* service = directory->service("Account");
  if (service)
    for (const DirectoryHost& host : service->hosts)
      if (host.member == member) return host;
  return std::nullopt;
}

MemberStanding standing_of(const Node& at, const std::string& member) {
  const auto directory = at.directory();
  const auto* found = directory->member(member);
  return found ? found->standing : MemberStanding::left;
}

}  // namespace

TEST_CASE("a member whose service is not well yet is joining, and gets partitions when its check has passed") {
  Check check;
  check.says("no route to the bank");
  JoinedNodes nodes;
  Node& one = nodes.start("one");
  nodes.start("two", {.account = check.options(), .change = quick});

  // Before the first check is through other words say so, and words that follow each other travel later.
  const auto told = [&] {
    const auto account = account_of(one, "two");
    return account && !account->healthy && account->trouble == "no route to the bank";
  };
  REQUIRE(eventually(told, 30s));
  CHECK(standing_of(one, "two") == MemberStanding::joining);
  CHECK(sick_in(nodes.node("two")) == "Account: no route to the bank");
  CHECK(nodes.node("two").health().good());
  CHECK(nodes.led("two") == 0);

  check.says("");
  nodes.await_led({{"one", kPartitions}, {"two", kPartitions}});
  CHECK(eventually([&] { return account_of(one, "two")->healthy; }, 30s));
  CHECK(standing_of(one, "two") == MemberStanding::serving);

  check.says("!the bank hung up");
  REQUIRE(eventually([&] { return account_of(one, "two")->trouble == "the bank hung up"; }, 30s));
  CHECK(standing_of(one, "two") == MemberStanding::serving);
  CHECK(nodes.led("two") == kPartitions);
  CHECK(one.ref<Account>("a").add([](auto p) { p.setAmount(1); }).get()->getBalance() == 1);
}

TEST_CASE("a check that hangs makes its service unhealthy, is not run beside itself, and holds up nothing else") {
  Check check;
  JoinedNodes nodes;
  Node& one = nodes.start("one", {.account = check.options(), .change = quick});
  REQUIRE(eventually([&] { return check.runs > 3; }, 30s));
  check.hangs = true;

  REQUIRE(eventually([&] { return sick_in(one) == "Account: its check has not returned for 50 ms"; }, 30s));

  CHECK(check.at_once == 1);
  CHECK(one.ref<Account>("a").add([](auto p) { p.setAmount(1); }).get()->getBalance() == 1);
  const auto health = nlohmann::json::parse(one.admin("GET", "/health", "").second);
  CHECK(health["healthy"] == true);
  CHECK(health["services"][0]["name"] == "Account");
  const StopReport stuck = one.stop(0ms);
  CHECK_FALSE(stuck.complete);
  REQUIRE_FALSE(stuck.stuck.empty());
  CHECK(stuck.stuck[0] == "the own check of service Account");
  check.hangs = false;
  CHECK(eventually([&] { return check.at_once == 0; }, 30s));
  CHECK(check.most == 1);
}

TEST_CASE("what a check says is cut to what is kept, between characters, and a node without members shows it") {
  Check check;
  std::string longest(limits::kMaxHealthTextBytes - 1, 'x');
  check.says(longest + "\xc3\xa9 and more");
  ScratchDirectory directory;
  Node node({.name = "alone", .data_dir = directory / "alone", .threads = 1, .watch = {.check_every = 5ms}});
  host_cast_with(node, check.options());
  node.start();

  CHECK(eventually([&] { return sick_in(node) == "Account: " + longest; }, 30s));
  CHECK(node.directory()->service("Account")->hosts[0].trouble == longest);
  CHECK(standing_of(node, "alone") == MemberStanding::joining);
  const auto services = nlohmann::json::parse(node.admin("GET", "/services", "").second)["services"];
  for (const auto& service : services) {
    CHECK(service["healthy"] == (service["name"] != "Account"));
    CHECK(service["trouble"] == (service["name"] != "Account" ? "" : longest));
  }
  check.says("");
  CHECK(eventually([&] { return standing_of(node, "alone") == MemberStanding::serving; }, 30s));
}

TEST_CASE("a member that is held back takes part when its program says so, and keeps what it has then") {
  JoinedNodes nodes;
  Node& one = nodes.start("one");
  Node& two = nodes.start("two", {.change = [](NodeConfig& config) { config.join.held_back = true; }});
  REQUIRE(eventually([&] { return standing_of(one, "two") == MemberStanding::joining; }, 30s));
  CHECK(nodes.led("two") == 0);

  two.ready(true);
  nodes.await_led({{"one", kPartitions}, {"two", kPartitions}});
  two.ready(false);
  REQUIRE(eventually([&] { return standing_of(one, "two") == MemberStanding::joining; }, 30s));
  nodes.start("three");
  nodes.await_led({{"one", kPartitions / 2}, {"two", kPartitions}, {"three", kPartitions / 2}});
}

TEST_CASE("times of checks that cannot be are refused, and no check is run where it is turned off") {
  const auto refused = [](auto change) {
    NodeConfig config{.name = "n"};
    change(config.watch);
    try {
      Node node(config);
    } catch (const Error& error) {
      return error.message();
    }
    return std::string("taken");
  };
  CHECK(refused([](WatchLimits& w) { w.check_every = -1ms; }).find("watch.check_every") != std::string::npos);
  CHECK(refused([](WatchLimits& w) { w.slow_check = 0ms; }).find("watch.slow_check") != std::string::npos);
  CHECK(refused([](WatchLimits& w) { w.check_every = w.slow_check = std::chrono::milliseconds::max(); }) == "taken");

  Check check;
  check.says("ill");
  ScratchDirectory directory;
  Node node({.name = "alone", .data_dir = directory / "alone", .threads = 1, .watch = {.check_every = 0ms}});
  host_cast_with(node, check.options());
  node.start();
  CHECK(node.health().services.empty());
  CHECK(standing_of(node, "alone") == MemberStanding::serving);
  CHECK(check.runs == 0);
}

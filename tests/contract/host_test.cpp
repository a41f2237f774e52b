// A node inside a host program: several at once, on a host's own system, stopping, what outlives it, and how it refuses
// to start.
#include <doctest/doctest.h>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/io/middleman.hpp>

#include <atomic>
#include <fstream>
#include <thread>

#include "contract/distance.h"

using namespace troupe;
using namespace troupe::contract;

namespace {

std::unique_ptr<Node> solo(const std::filesystem::path& directory, const std::string& name = "solo",
                           caf::actor_system* system = nullptr) {
  auto node = std::make_unique<Node>(NodeConfig{.name = name, .data_dir = directory, .threads = 2, .system = system});
  host_cast(*node);
  return node;
}

std::int64_t add(Node& node, const std::string& key, std::int64_t amount) {
  return node.ref<Account>(key).add([&](auto p) { p.setAmount(amount); }).get()->getBalance();
}

}  // namespace

TEST_CASE("several nodes in one process keep apart") {
  testing::ScratchDirectory directory;
  auto one = solo(directory / "one", "one");
  auto two = solo(directory / "two", "two");
  one->start();
  two->start();

  CHECK(add(*one, "a", 1) == 1);
  CHECK(add(*two, "a", 5) == 5);

  one->stop();
  CHECK(add(*two, "a", 1) == 6);
}

TEST_CASE("a node runs on the host's own caf::actor_system, again and again") {
  testing::ScratchDirectory directory;
  caf::actor_system_config config;
  config.load<caf::io::middleman>();
  caf::actor_system system(config);
  for (int round = 1; round <= 3; ++round) {
    auto node = solo(directory / "one", "solo", &system);
    node->start();
    CHECK(&node->system() == &system);
    CHECK(add(*node, "a", 1) == round);
    node->ref<Latch>("l").pass().forget();
    node->ref<Desk>("d").hire().forget();
    node->ref<Desk>("d").startTimers().forget();
    node->stop(50ms);
  }
}

TEST_CASE("calls that wait for a turn run on a host's actor_system that gives each actor one message at a time") {
  testing::ScratchDirectory directory;
  caf::actor_system_config config;
  config.load<caf::io::middleman>();
  config.set("scheduler.max-throughput", std::size_t{1});
  caf::actor_system system(config);
  auto node = solo(directory / "one", "solo", &system);
  node->start();
  auto holds = node->ref<Account>("a").addAround([](auto p) { p.setLatch("l"), p.setAmount(1); }).future();
  auto waits = node->ref<Account>("a").add([](auto p) { p.setAmount(1); }).future();

  node->ref<Latch>("l").open().get();

  CHECK(holds.get()->getBalance() == 1);
  CHECK(waits.get()->getBalance() == 2);
}

TEST_CASE("stop() ends every call that is under way, and says whether it may have run") {
  testing::ScratchDirectory directory;
  auto node = solo(directory / "one");
  node->start();
  std::vector<std::future<Reply<Latch::PassResults>>> waiting;
  for (int i = 0; i < 20; ++i) waiting.push_back(node->ref<Latch>("l" + std::to_string(i % 3)).pass().future());
  auto queued = node->ref<Account>("a").addAround([](auto p) { p.setLatch("l0"); }).future();
  std::vector<std::future<Reply<Account::AddResults>>> behind;
  for (int i = 0; i < 10; ++i) behind.push_back(node->ref<Account>("a").add([](auto p) { p.setAmount(1); }).future());

  node->stop(50ms);

  for (auto& call : waiting) CHECK(error_of([&] { return call.get(); }).kind() == ErrorKind::unavailable);
  CHECK(error_of([&] { return queued.get(); }).may_have_run());
  for (auto& call : behind) {
    const Error error = error_of([&] { return call.get(); });
    CHECK(error.kind() == ErrorKind::unavailable);
    CHECK_FALSE(error.may_have_run());
  }
}

TEST_CASE("stop() lets turns end that can, and twice is once") {
  testing::ScratchDirectory directory;
  auto node = solo(directory / "one");
  node->start();
  auto napping = node->ref<Desk>("d").nap([](auto p) { p.setMilliseconds(100); }).future();
  while (node->ref<Desk>("d").calls().get()->getCalls() != 0) {
  }

  node->stop(5s);
  node->stop();

  CHECK(napping.get()->getSleptMilliseconds() >= 90);
  CHECK(error_of([&] { return add(*node, "a", 1); }).kind() == ErrorKind::unavailable);
}

TEST_CASE("stop() while threads call: every call ends") {
  testing::ScratchDirectory directory;
  auto node = solo(directory / "one");
  node->start();
  std::atomic<bool> stopped{false};
  std::atomic<std::int64_t> acknowledged{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      const auto account = node->ref<Account>("a");
      while (!stopped) {
        try {
          (void)account.add([](auto p) { p.setAmount(1); }).get(5s);
          ++acknowledged;
        } catch (const Error& e) {
          if (e.kind() != ErrorKind::unavailable) stopped = true, acknowledged = -1'000'000;
        }
      }
    });
  }
  REQUIRE(eventually([&] { return acknowledged > 50; }));

  node->stop(1s);
  stopped = true;
  for (auto& thread : threads) thread.join();
  node.reset();

  auto again = solo(directory / "one");
  again->start();
  CHECK(again->ref<Account>("a").balance().get()->getBalance() >= acknowledged);
  CHECK(acknowledged > 50);
}

TEST_CASE("a reference may outlive its node; calls through it are unavailable") {
  testing::ScratchDirectory directory;
  auto node = solo(directory / "one");
  node->start();
  const auto account = node->ref<Account>("a");
  auto kept = account.add([](auto p) { p.setAmount(3); }).get();

  node.reset();

  CHECK(kept->getBalance() == 3);
  CHECK(account.text() == "Account/a");
  CHECK(error_of([&] { return account.balance().get(); }).kind() == ErrorKind::unavailable);
}

TEST_CASE("calls before start() are unavailable, and it starts once") {
  testing::ScratchDirectory directory;
  auto node = solo(directory / "one");
  CHECK(error_of([&] { return add(*node, "a", 1); }).kind() == ErrorKind::unavailable);

  node->start();

  CHECK(add(*node, "a", 1) == 1);
  CHECK(error_of([&] { return node->start(), 0; }).kind() == ErrorKind::invalid);
}

TEST_CASE("a stopped node's directory is free at once, while the node and references to it live") {
  testing::ScratchDirectory directory;
  auto node = solo(directory / "one");
  node->start();
  const auto account = node->ref<Account>("a");
  (void)account.add([](auto p) { p.setAmount(3); }).get();

  REQUIRE(node->stop().complete);
  auto next = solo(directory / "one");
  next->start();

  CHECK(add(*next, "a", 1) == 4);
  CHECK(error_of([&] { return account.balance().get(); }).kind() == ErrorKind::unavailable);
  const Error again = error_of([&] { return node->start(), 0; });
  CHECK(again.kind() == ErrorKind::invalid);
  CHECK(again.message().find("has been stopped: a Node starts once; make another one") != std::string::npos);
}

TEST_CASE("a node's relative directory is where it was when the node was made, wherever the program goes") {
  testing::ScratchDirectory directory;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(directory.path());
  auto node = solo("data");
  std::filesystem::current_path("/");
  node->start();
  const auto balance = add(*node, "a", 1);
  std::filesystem::current_path(before);

  CHECK(balance == 1);
  CHECK(std::filesystem::exists(directory / "data" / "data.mdb"));
  CHECK(std::filesystem::exists(directory / "data" / "admin.sock"));
  CHECK(node->stop().complete);
}

TEST_CASE("a node whose directory is deleted finds itself unhealthy, acknowledges nothing, and another one may start") {
  testing::ScratchDirectory directory;
  auto node = solo(directory / "one");
  node->start();
  REQUIRE(add(*node, "a", 1) == 1);

  std::filesystem::remove_all(directory / "one");
  auto next = solo(directory / "one");
  next->start();

  CHECK_FALSE(error_of([&] { return add(*node, "a", 1); }).message().empty());
  CHECK(eventually([&] { return !node->health().good(); }));
  CHECK(add(*next, "a", 5) == 5);
}

TEST_CASE("a node that is wrongly configured says which field") {
  const auto wrong = [](NodeConfig config) { return error_of([&] { return Node(config), 0; }); };

  CHECK(wrong({.name = ""}).message().find("name") != std::string::npos);
  CHECK(wrong({.name = "a/b"}).message().find("slash") != std::string::npos);
  CHECK(wrong({.cluster = ""}).message().find("cluster") != std::string::npos);
  CHECK(wrong({.default_timeout = 0ms}).message().find("default_timeout") != std::string::npos);
  CHECK(wrong({.idle_after = -1ms}).message().find("idle_after") != std::string::npos);
  CHECK(wrong({.max_mailbox = 0}).message().find("max_mailbox") != std::string::npos);
  CHECK(wrong({.name = "x", .members = {{.name = "y"}}}).message().find("x") != std::string::npos);
}

TEST_CASE("a durable service wants a data directory, and no service is hosted twice") {
  Node node({.name = "n"});
  CHECK(error_of([&] { return host_cast(node), 0; }).message().find("data_dir") != std::string::npos);

  testing::ScratchDirectory directory;
  auto other = solo(directory / "one");
  CHECK(error_of([&] { return host_cast(*other), 0; }).message().find("twice") != std::string::npos);
}

TEST_CASE("a port in use, a held directory and a foreign one end start() with a clear error") {
  testing::ScratchDirectory directory;
  const std::vector<Member> members = {{.name = "a", .port = testing::free_port()},
                                       {.name = "b", .port = testing::free_port()}};
  const auto make = [&](const std::string& name, const std::filesystem::path& data) {
    auto node = std::make_unique<Node>(NodeConfig{.name = name, .data_dir = data, .members = members});
    host_cast(*node);
    return node;
  };
  auto first = make("a", directory / "a");
  first->start();

  SUBCASE("port in use") {
    auto second = make("a", directory / "a2");
    const Error error = error_of([&] { return second->start(), 0; });
    CHECK(error.kind() == ErrorKind::unavailable);
    CHECK(error.message().find(std::to_string(members[0].port)) != std::string::npos);

    // It did not start; calls through it end, and it may try again.
    CHECK(error_of([&] { return second->ref<Desk>("d").calls().get(); }).kind() == ErrorKind::unavailable);
    CHECK(error_of([&] { return second->ref<Account>("a").balance().get(); }).kind() == ErrorKind::unavailable);
    first.reset();
    second->start();
  }
  SUBCASE("directory held by another") {
    const Error error = error_of([&] { return solo(directory / "a", "a")->start(), 0; });
    CHECK(error.kind() == ErrorKind::unavailable);
  }
  SUBCASE("directory of another node") {
    first.reset();
    const Error error = error_of([&] { return make("b", directory / "a")->start(), 0; });
    CHECK(error.kind() == ErrorKind::invalid);
  }
  SUBCASE("a file in the way") {
    std::ofstream(directory / "file") << "not a directory";
    CHECK(error_of([&] { return solo(directory / "file")->start(), 0; }).kind() == ErrorKind::invalid);
  }
  SUBCASE("foreign files") {
    std::filesystem::create_directory(directory / "foreign");
    std::ofstream(directory / "foreign" / "data.mdb") << std::string(100'000, 'x');
    const Error error = error_of([&] { return solo(directory / "foreign")->start(), 0; });
    CHECK((error.kind() == ErrorKind::corrupt || error.kind() == ErrorKind::invalid));
  }
}

TEST_CASE("a callback may call again") {
  testing::ScratchDirectory directory;
  auto node = solo(directory / "one");
  node->start();
  std::promise<std::int64_t> done;
  const auto account = node->ref<Account>("a");

  account.add([](auto p) { p.setAmount(1); }).then([&](auto) {
    account.add([](auto p) { p.setAmount(1); }).then([&](auto result) {
      done.set_value(result.ok() ? result.value()->getBalance() : -1);
    });
  });

  CHECK(done.get_future().get() == 2);
}

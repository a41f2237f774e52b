// A peer that stands still, as a machine does that swaps or a process that is stopped.
#include <signal.h>

#include <fstream>
#include <optional>
#include <string>

#include "contract/second_process.h"
#include "stage.h"

using namespace troupe;
using namespace troupe::overload;

namespace {

// kill() returns before the signal has its effect.
bool stands_still(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string stat;
  std::getline(file, stat);
  const auto at = stat.rfind(')');
  return at != std::string::npos && stat.substr(at).starts_with(") T");
}

}  // namespace

TEST_CASE("calls of a peer make so many actors active and no more, until idle ones are passivated") {
  constexpr std::uint32_t kMost = 20;
  const std::vector<Member> members = {{.name = "caller", .port = testing::free_port(), .client = true},
                                       {.name = "mills", .port = testing::free_port()}};
  testing::ScratchDirectory directory;
  Gate gate;
  NodeConfig config{
      .name = "mills", .data_dir = directory / "mills", .members = members, .threads = 1, .idle_after = 500ms};
  config.overload.max_link_activations = kMost;
  Node mills(config);
  host_actors(mills, gate);
  mills.start();
  Node caller({.name = "caller", .members = members, .threads = 1});
  caller.start();
  REQUIRE(caller.wait_connected(30s));
  const auto call = [&](std::uint32_t key) {
    caller.ref<Mill>("mill-" + std::to_string(key)).grind([](auto) {}).get(30s);
  };

  std::uint32_t active = 0;
  std::optional<Error> refusal;
  for (std::uint32_t key = 0; !refusal && key < 100 * kMost; ++key) {
    try {
      call(key);
      ++active;
    } catch (const Error& e) {
      refusal = e;
    }
  }

  REQUIRE(refusal);
  CHECK(active >= kMost);
  CHECK(refusal->kind() == ErrorKind::overloaded);
  CHECK(refusal->retry_after() > 0ms);
  CHECK_FALSE(refusal->may_have_run());
  CHECK(refusal->message().find("that calls of node caller have made active") != std::string::npos);
  CHECK(mills.admin("GET", "/links", "").second.find("\"refusedIn\":1,") != std::string::npos);
  CHECK(eventually([&] {
    try {
      return call(1'000'000), true;
    } catch (const Error&) {
      return false;
    }
  }));
}

TEST_CASE("a peer that stands still is sent so many calls and no more, and when it goes on every call has ended") {
  constexpr std::uint32_t kCalls = 1'000;
  const auto port = testing::free_port(), own = testing::free_port();
  testing::SecondProcess mills({"--mills", std::to_string(port), std::to_string(own)});
  NodeConfig config{.name = "caller",
                    .members = {{.name = "mills", .port = port}, {.name = "caller", .port = own, .client = true}},
                    .threads = 1};
  config.overload.max_link_calls = kCalls;
  Node caller(config);
  caller.start();
  REQUIRE(caller.wait_connected(30s));
  auto mill = caller.ref<Mill>("far");
  mill.grind([](auto) {}).get(30s);
  std::atomic<std::uint64_t> sent{0}, ended{0}, overloaded{0};
  const auto call = [&] {
    ++sent;
    mill.grind([](auto) {}).then([&](auto result) {
      if (!result.ok() && result.error().kind() == ErrorKind::overloaded && result.error().retry_after() > 0ms)
        ++overloaded;
      ++ended;
    });
  };

  REQUIRE(::kill(mills.pid(), SIGSTOP) == 0);
  REQUIRE(eventually([&] { return stands_still(mills.pid()); }));
  while (overloaded == 0 && sent < 50 * kCalls) call();
  const std::string links = caller.admin("GET", "/links", "").second;
  REQUIRE(::kill(mills.pid(), SIGCONT) == 0);

  CHECK(overloaded >= 1);
  CHECK(sent <= kCalls + 1);
  CHECK_MESSAGE(links.find("\"refusedOut\":1,") != std::string::npos, links);
  CHECK(eventually([&] { return ended == sent; }));
  CHECK(eventually([&] { return caller.connected(); }));
  call();
  CHECK(eventually([&] { return ended == sent; }));
}

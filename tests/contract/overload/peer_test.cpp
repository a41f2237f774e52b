// A peer that stands still, as a machine does that swaps or a process that is stopped.
#include <signal.h>

#include <fstream>
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

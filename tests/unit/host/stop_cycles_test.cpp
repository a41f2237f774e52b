// A program that starts and stops nodes again and again keeps none of their threads, descriptors or memory.
#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "contract/distance.h"

using namespace troupe;
using namespace troupe::contract;

namespace {

std::size_t entries(const char* directory) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(directory), {}));
}

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t pages = 0;
  statm >> pages >> pages;
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

class Counting final : public ClerkActor {
  Task<> count(CountParams::Reader, CountResults::Builder out) override {
    out.setCalls(1);
    co_return;
  }
};

struct Kept {
  std::size_t threads = entries("/proc/self/task");
  std::size_t descriptors = entries("/proc/self/fd");
  std::size_t bytes = resident_bytes();
};

// Sanitizers keep what was freed for a while.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kCountsBytes = false;
#else
constexpr bool kCountsBytes = true;
#endif
constexpr std::size_t kSlack = std::size_t{16} << 20;

// `cycle` once to warm up, then the rest of `cycles`; they leave nothing behind.
void check_flat(int cycles, const std::function<void()>& cycle) {
  for (int warm = 0; warm < cycles / 10; ++warm) cycle();
  const Kept before;
  for (int i = cycles / 10; i < cycles; ++i) cycle();
  const Kept after;

  // The system lists a thread for a moment after it was joined.
  CHECK(eventually([&] { return entries("/proc/self/task") <= before.threads; }));
  CHECK(after.descriptors == before.descriptors);
  if (kCountsBytes) CHECK(after.bytes <= before.bytes + kSlack);
}

}  // namespace

TEST_CASE("a thousand nodes in memory, one after the other, leave nothing behind") {
  check_flat(1'000, [] {
    Node node({.name = "n", .threads = 2});
    node.host<Counting>();
    node.start();
    REQUIRE(node.ref<Clerk>("c").count().get()->getCalls() == 1);
    REQUIRE(node.stop(1s).complete);
  });
}

TEST_CASE("a hundred nodes on one store, one after the other, leave nothing behind and lose nothing") {
  testing::ScratchDirectory directory;
  std::int64_t added = 0;
  check_flat(100, [&] {
    Node node({.name = "n", .data_dir = directory / "n", .threads = 2});
    host_cast(node);
    node.start();
    const auto account = node.ref<Account>("a");
    REQUIRE(account.add([](auto p) { p.setAmount(1); }).get()->getBalance() == ++added);
    REQUIRE(node.stop(5s).complete);
  });
  CHECK(added == 100);
}

// Two owners under load, each in a process of its own, killed and started again and again. The caller's node calls
// again under the same id by itself; so in the end every call is answered, every effect is there, and none is there
// twice.
#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <mutex>
#include <optional>
#include <random>
#include <thread>

#include "contract/cast.h"
#include "contract/second_process.h"
#include "crash/options.h"
#include "support/scratch_directory.h"

using namespace troupe;
using namespace troupe::contract;
using namespace troupe::crash;
using namespace std::chrono_literals;

namespace {

constexpr int kCounters = 12;
constexpr int kPurses = 8;
constexpr int kThreads = 4;
constexpr int kPipelined = 4;  // callers for each of them

struct Ports {
  std::uint16_t left, right, caller;
};

std::vector<Member> members(const Ports& ports) {
  return {{.name = "left", .port = ports.left},
          {.name = "right", .port = ports.right},
          {.name = "caller", .port = ports.caller, .client = true}};
}

// What must be in the books when every call has been answered.
struct Books {
  std::mutex mutex;
  std::array<std::int64_t, kCounters> counters{};
  std::array<std::int64_t, kPurses> purses{};
  std::uint64_t answered = 0;
  std::vector<std::string> errors;
};

std::string counter(int i) { return "counter-" + std::to_string(i); }
std::string purse(int i) { return "purse-" + std::to_string(i); }

// Makes the call. Every one must succeed: vaults remember more than they serve while a node is away.
template <class F>
bool done(Books& books, F&& call) {
  std::optional<Error> error;
  try {
    (void)call();
  } catch (const Error& e) {
    error = e;
  }
  std::lock_guard lock(books.mutex);
  ++books.answered;
  if (error && books.errors.size() < 10) books.errors.push_back(error->what());
  return !error;
}

void count(Node& node, Books& books, int i) {
  auto vault = node.ref<Vault>(counter(i));
  vault.timeout(60s);
  if (!done(books, [&] { return vault.add([](auto p) { p.setAmount(1); }).get(60s); })) return;
  std::lock_guard lock(books.mutex);
  ++books.counters[static_cast<std::size_t>(i)];
}

// From a lower purse to a higher one: the other way as well, two transfers could wait for each other.
void transfer(Node& node, Books& books, int from, int to, std::int64_t amount) {
  auto vault = node.ref<Vault>(purse(from));
  vault.timeout(60s);
  if (!done(books, [&] { return vault.transfer([&](auto p) { p.setAmount(amount), p.setTo(purse(to)); }).get(60s); }))
    return;
  std::lock_guard lock(books.mutex);
  books.purses[static_cast<std::size_t>(from)] -= amount;
  books.purses[static_cast<std::size_t>(to)] += amount;
}

void load(Node& node, Books& books, std::uint64_t seed, const std::atomic<bool>& stop) {
  std::mt19937_64 random(seed);
  while (!stop) {
    if (random() % 2) {
      count(node, books, static_cast<int>(random() % kCounters));
    } else {
      const int from = static_cast<int>(random() % (kPurses - 1));
      const int to = from + 1 + static_cast<int>(random() % static_cast<unsigned>(kPurses - 1 - from));
      transfer(node, books, from, to, static_cast<std::int64_t>(1 + random() % 100));
    }
  }
}

class Cluster {
 public:
  Cluster() : caller_({.name = "caller", .data_dir = directory_ / "caller", .members = members(ports_), .threads = 2}) {
    host_cast(caller_);
    start(0);
    start(1);
    caller_.start();
    REQUIRE(caller_.wait_connected(30s));
  }
  void kill(std::size_t which) { owners_[which]->kill(); }
  void start(std::size_t which) {
    const std::string name = which == 0 ? "left" : "right";
    owners_[which] = std::make_unique<testing::SecondProcess>(
        std::vector<std::string>{"--member", name, (directory_ / name).string(), std::to_string(ports_.left),
                                 std::to_string(ports_.right), std::to_string(ports_.caller)});
  }
  [[nodiscard]] Node& caller() noexcept { return caller_; }
  [[nodiscard]] std::int64_t balance(const std::string& key) {
    auto vault = caller_.ref<Vault>(key);
    vault.timeout(60s);
    return vault.balance().get(60s)->getBalance();
  }

 private:
  testing::ScratchDirectory directory_;
  Ports ports_{testing::free_port(), testing::free_port(), testing::free_port()};
  std::array<std::unique_ptr<testing::SecondProcess>, 2> owners_;
  Node caller_;
};

// Kills at random moments for as long as the options say; how often.
int kill_for_a_while(Cluster& cluster, std::mt19937_64& random) {
  const auto until = std::chrono::steady_clock::now() + options().duration;
  int kills = 0;
  while (std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 400'000));
    const bool both = random() % 5 == 0;
    const std::size_t which = random() % 2;
    cluster.kill(which);
    if (both) cluster.kill(1 - which);
    if (random() % 2) std::this_thread::sleep_for(std::chrono::milliseconds(random() % 60));
    cluster.start(which);
    if (both) cluster.start(1 - which);
    kills += both ? 2 : 1;
  }
  return kills;
}

}  // namespace

int troupe::crash::run_member(const std::vector<std::string>& arguments) {
  const auto port = [&](std::size_t i) { return static_cast<std::uint16_t>(std::stoi(arguments.at(i))); };
  return serve_cast({.name = arguments.at(0),
                     .data_dir = arguments.at(1),
                     .members = members({port(2), port(3), port(4)}),
                     .threads = 2,
                     .default_timeout = 60s});
}

TEST_CASE("nodes killed at any moment lose no acknowledged effect and repeat none") {
  std::mt19937_64 random(options().seed);
  CAPTURE(options().seed);
  Cluster cluster;
  Books books;
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads * kPipelined; ++t)
    threads.emplace_back([&, seed = random()] { load(cluster.caller(), books, seed, stop); });

  const int kills = kill_for_a_while(cluster, random);
  stop = true;
  for (auto& thread : threads) thread.join();

  MESSAGE(kills, " kills, ", books.answered, " calls answered");
  for (const auto& error : books.errors) FAIL_CHECK(error);
  for (int i = 0; i < kCounters; ++i)
    CHECK_MESSAGE(cluster.balance(counter(i)) == books.counters[static_cast<std::size_t>(i)], counter(i));
  std::int64_t sum = 0;
  for (int i = 0; i < kPurses; ++i) {
    const auto balance = cluster.balance(purse(i));
    CHECK_MESSAGE(balance == books.purses[static_cast<std::size_t>(i)], purse(i));
    sum += balance;
  }
  CHECK(sum == 0);
  CHECK(books.answered > 100);
}

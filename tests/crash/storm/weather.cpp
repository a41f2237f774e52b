#include "crash/storm/weather.h"

#include <iterator>
#include <random>
#include <thread>

namespace troupe::storm {
namespace {

// Where nodes die by their own hand: in the tills' handlers, and around the commit log.
constexpr const char* kStages[] = {"begins",    "edited", "paid",     "received", "heard",      "rang",  "nested",
                                   "unwritten", "torn",   "unsynced", "synced",   "half_noted", "noted", "checkpoint"};

class Sky {
 public:
  Sky(Cluster& cluster, std::uint64_t seed) : cluster_(cluster), random_(seed) {}

  Weather rage(std::chrono::milliseconds duration) {
    const auto until = std::chrono::steady_clock::now() + duration;
    while (std::chrono::steady_clock::now() < until) {
      wait(40 + random_() % 600);
      mourn();
      strike();
    }
    for (std::size_t i = 0; i < kNodes; ++i) {
      if (!cluster_.alive(i) || cluster_.doomed(i)) cluster_.start(i);
    }
    for (std::size_t i = 0; i < kNodes && cluster_.members_come_and_go(); ++i) (void)cluster_.drain(i, false);
    return weather_;
  }

 private:
  static void wait(std::uint64_t ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }
  std::size_t somebody() { return random_() % kNodes; }

  Doom some_doom() {
    if (random_() % 2) return {};
    const int nth = 1 + static_cast<int>(random_() % (random_() % 2 ? 20 : 400));
    return {kStages[random_() % std::size(kStages)], nth};
  }

  // Nodes that came to their stage are started again.
  void mourn() {
    for (std::size_t i = 0; i < kNodes; ++i) {
      if (cluster_.alive(i)) continue;
      ++(cluster_.ended_unhealthy(i) ? weather_.unhealthy : weather_.dooms);
      cluster_.start(i, some_doom());
    }
  }

  void strike() {
    const auto dice = random_() % 100;
    if (dice < 38) return kill_some();
    if (dice < 55) return stall_one();
    if (dice < 70) return befall_one();
    if (dice < 84) return cluster_.members_come_and_go() ? drain_one() : reopen_some();
    if (dice < 94) {
      ++weather_.cuts;
      return cluster_.cut(somebody());
    }
    ++weather_.restarts;
    cluster_.restart_driver();
  }

  void kill_some() {
    const auto dice = random_() % 10;
    const std::size_t how_many = dice < 6 ? 1 : dice < 8 ? 2 : 3;
    const std::size_t first = somebody();
    for (std::size_t i = 0; i < how_many; ++i) kill((first + i) % kNodes);
    if (random_() % 2) wait(random_() % 300);
    for (std::size_t i = 0; i < how_many; ++i) cluster_.start((first + i) % kNodes, some_doom());
  }

  // Long enough, sometimes, that the others think it dead; and sometimes another dies meanwhile.
  void stall_one() {
    const std::size_t stalled = somebody();
    ++weather_.stalls;
    cluster_.stall(stalled);
    wait(random_() % (random_() % 3 ? 900 : 4'000));
    const std::size_t other = (stalled + 1 + random_() % (kNodes - 1)) % kNodes;
    const bool another_dies = random_() % 3 == 0;
    if (another_dies) kill(other);
    // Who joins writes to the coordinator, and whoever is stalled may hold it.
    if (another_dies && !cluster_.members_come_and_go()) cluster_.start(other, some_doom());
    if (random_() % 5 == 0) {
      kill(stalled);
      cluster_.start(stalled, some_doom());
    } else {
      cluster_.wake(stalled);
    }
    if (another_dies && cluster_.members_come_and_go()) cluster_.start(other, some_doom());
  }

  // Mostly it only takes longer; now and then so long that the node takes itself for unhealthy.
  void befall_one() {
    const Mischief what{static_cast<int>(random_() % static_cast<int>(Mischief::reopens))};
    const auto ms = [](std::uint64_t count) { return std::chrono::milliseconds(count); };
    auto how_much = ms(10 + random_() % 700);
    if (what != Mischief::throws && random_() % 6 == 0) how_much = kUnhealthyAfter + ms(random_() % 2'500);
    ++weather_.mischiefs[static_cast<std::size_t>(what)];
    cluster_.befall(somebody(), what, how_much);
  }

  // Partitions of a node, while whatever else happens.
  void reopen_some() {
    ++weather_.mischiefs[static_cast<std::size_t>(Mischief::reopens)];
    cluster_.befall(somebody(), Mischief::reopens, std::chrono::milliseconds(200 + random_() % 2'000));
  }

  // Everything it has goes to the others, or it gets its share back; whoever dies meanwhile.
  void drain_one() {
    const std::size_t node = somebody();
    drained_[node] = !drained_[node];
    ++weather_.drains;
    (void)cluster_.drain(node, drained_[node]);
  }

  void kill(std::size_t node) {
    ++weather_.kills;
    cluster_.kill(node);
  }

  Cluster& cluster_;
  std::mt19937_64 random_;
  Weather weather_;
  bool drained_[kNodes] = {};
};

}  // namespace

Weather rage(Cluster& cluster, std::uint64_t seed, std::chrono::milliseconds duration) {
  return Sky(cluster, seed).rage(duration);
}

}  // namespace troupe::storm

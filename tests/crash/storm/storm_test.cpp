// A cluster under load in bad weather; when it is over, the books must balance exactly.
#include <doctest/doctest.h>

#include <chrono>
#include <cstdio>
#include <thread>

#include "crash/options.h"
#include "crash/storm/audit.h"
#include "crash/storm/load.h"
#include "crash/storm/rows.h"
#include "crash/storm/weather.h"

using namespace troupe::storm;
using troupe::crash::options;

namespace {

std::string told(const Weather& weather, const Books& books) {
  const auto count = [](std::uint64_t number, const char* what) { return std::to_string(number) + what; };
  std::string out = count(weather.kills, " kills, ") + count(weather.dooms, " deaths at a stage, ") +
                    count(weather.stalls, " stalls, ") + count(weather.cuts, " cuts, ") +
                    count(weather.mischiefs[0], " slow disks, ") + count(weather.mischiefs[1], " stuck handlers, ") +
                    count(weather.mischiefs[2], " outbreaks of throws, ") +
                    count(weather.mischiefs[3], " rounds of partitions that close and open, ") +
                    count(weather.drains, " drains, ") + count(weather.unhealthy, " ended unhealthy, ") +
                    count(weather.restarts, " restarts of the driver; ") + count(books.operations, " operations in ") +
                    count(books.attempts, " attempts");
  for (const auto& [kind, number] : books.errors) out += ", " + std::to_string(number) + " " + kind;
  return out;
}

// A cluster of its own, which `befall` does something to; what is printed names the seed that brings it back.
template <class Befall>
void one_storm(Members members, std::uint64_t seed, std::chrono::milliseconds duration, Befall&& befall) {
  CAPTURE(seed);
  Cluster cluster(members);
  set_pulses(cluster, 300);
  Load load(cluster, seed);

  Weather weather;
  try {
    weather = befall(cluster);
  } catch (const std::exception& error) {  // said now, for the callers wait for what does not come any more
    std::fprintf(stderr, "the storm cannot go on: %s\n", error.what());
    throw;
  }
  const Books books = load.finish();
  const std::string still_under_way = settle(cluster, books);
  auto findings = audit(cluster, books);
  for (std::size_t i = 0; i < kNodes; ++i) CHECK(cluster.finish(i) == 0);
  findings.push_back(audit_files(cluster));

  std::printf("storm %llu, %lld s: %s\n%s", static_cast<unsigned long long>(seed),
              static_cast<long long>(duration.count() / 1000), told(weather, books).c_str(), report(findings).c_str());
  std::fflush(stdout);
  CHECK(still_under_way == "");
  for (const auto& finding : findings) CHECK_MESSAGE(finding.wrong.empty(), finding.what);
  CHECK(books.operations > 100);
}

// One after the other, of a minute at most, under seeds that follow on each other.
void storms(Members members) {
  constexpr std::chrono::milliseconds kLongest = std::chrono::minutes(1);
  auto left = options().duration;
  REQUIRE(left.count() > 0);
  for (std::uint64_t seed = options().seed; left.count() > 0; ++seed) {
    const auto duration = std::min(left, kLongest);
    one_storm(members, seed, duration, [&](Cluster& cluster) { return rage(cluster, seed + 1, duration); });
    left -= duration;
  }
}

}  // namespace

TEST_CASE("after a storm of deaths, stalls and cut links the books balance exactly") { storms(Members::listed); }

TEST_CASE("after a storm in which members are drained and come back, too, the books balance exactly") {
  storms(Members::come_and_go);
}

TEST_CASE("partitions close and open under load, and nothing is lost or happens twice") {
  constexpr std::chrono::seconds kDuration{4};
  one_storm(Members::listed, options().seed, kDuration, [&](Cluster& cluster) {
    for (std::size_t i = 0; i < kNodes; ++i) cluster.befall(i, Mischief::reopens, kDuration);
    std::this_thread::sleep_for(kDuration);
    Weather weather;
    weather.mischiefs[static_cast<std::size_t>(Mischief::reopens)] = kNodes;
    return weather;
  });
}

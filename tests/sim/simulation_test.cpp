#include <doctest/doctest.h>

#include <cstdio>
#include <fstream>

#include "sim/options.h"
#include "sim/story.h"

using namespace troupe;
using namespace troupe::sim;

namespace {

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const auto& line : lines) out += "\n  " + line;
  return out;
}

}  // namespace

TEST_CASE("a seed brings back the same steps, and another seed others") {
  const StoryEnd once = tell_story({.seed = options().first});
  const StoryEnd again = tell_story({.seed = options().first});
  const StoryEnd other = tell_story({.seed = options().first + 1});

  CHECK(once.trace.steps > 1'000);
  CHECK(once.trace == again.trace);
  CHECK(once.wrong == again.wrong);
  CHECK_FALSE(once.trace == other.trace);
}

TEST_CASE("under any seed the books balance, whatever breaks and whenever the power goes") {
  std::ofstream lines;
  if (!options().lines.empty()) lines.open(options().lines);
  const auto began = std::chrono::steady_clock::now();
  StoryEnd all;
  for (std::uint64_t seed = options().first; seed < options().first + options().seeds; ++seed) {
    const StoryEnd end = tell_story({.seed = seed, .lines = lines.is_open() ? &lines : nullptr});
    INFO("seed " << seed << " (again with --seed=" << seed << ")");
    CHECK_MESSAGE(end.wrong.empty(), joined(end.wrong));
    all.trace.steps += end.trace.steps;
    all.operations += end.operations;
    all.attempts += end.attempts;
    all.power_cuts += end.power_cuts;
    all.torn += end.torn;
    all.reopened += end.reopened;
    all.lasted += end.lasted;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::printf(
      "%llu seeds from %llu: %llu steps, %llu operations in %llu attempts, %llu power cuts, %llu of them in the "
      "disk's work, %llu partitions closed and opened, %lld s of their clock in %.1f s, %.0f seeds a second\n",
      static_cast<unsigned long long>(options().seeds), static_cast<unsigned long long>(options().first),
      static_cast<unsigned long long>(all.trace.steps), static_cast<unsigned long long>(all.operations),
      static_cast<unsigned long long>(all.attempts), static_cast<unsigned long long>(all.power_cuts),
      static_cast<unsigned long long>(all.torn), static_cast<unsigned long long>(all.reopened),
      static_cast<long long>(all.lasted.count() / 1'000), took.count(),
      static_cast<double>(options().seeds) / took.count());
}

TEST_CASE("disks that acknowledge what they forget are noticed") {
  int noticed = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed)
    noticed += !tell_story({.seed = seed, .disks_lie = true}).wrong.empty();
  CHECK(noticed > 0);
}

// The crash tests' main(): the tests, or, with a hidden argument, a node that is going to be killed.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>
#include <random>
#include <string_view>

#include "crash/options.h"
#include "crash/stages.h"

namespace troupe::crash {

Options& options() {
  static Options value;
  return value;
}

}  // namespace troupe::crash

int main(int argc, char** argv) {
  using troupe::crash::options;
  if (argc > 1 && std::string_view(argv[1]) == "--member")
    return troupe::crash::run_member(std::vector<std::string>(argv + 2, argv + argc));
  if (argc > 1 && std::string_view(argv[1]) == "--staged-member")
    return troupe::crash::run_staged_member(std::vector<std::string>(argv + 2, argv + argc));
  options().seed = std::random_device{}();
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word.starts_with("--minutes="))
      options().duration = std::chrono::milliseconds(static_cast<std::int64_t>(std::stod(word.substr(10)) * 60'000));
    if (word.starts_with("--seed=")) options().seed = std::stoull(word.substr(7));
  }
  std::printf("seed %llu (again with --seed=%llu)\n", static_cast<unsigned long long>(options().seed),
              static_cast<unsigned long long>(options().seed));
  std::fflush(stdout);
  return doctest::Context(argc, argv).run();
}

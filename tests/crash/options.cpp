#include "crash/options.h"

#include <cstdio>
#include <random>
#include <string_view>

namespace troupe::crash {

Options& options() {
  static Options value;
  return value;
}

void read_options(int argc, char** argv) {
  options().seed = std::random_device{}();
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word.starts_with("--minutes=")) {
      const double minutes = std::stod(std::string(word.substr(10)));
      options().duration = std::chrono::milliseconds(static_cast<std::int64_t>(minutes * 60'000));
    }
    if (word.starts_with("--seed=")) options().seed = std::stoull(std::string(word.substr(7)));
  }
  std::printf("seed %llu (again with --seed=%llu)\n", static_cast<unsigned long long>(options().seed),
              static_cast<unsigned long long>(options().seed));
  std::fflush(stdout);
}

}  // namespace troupe::crash

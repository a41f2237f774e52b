// What the crash tests take from the command line.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace troupe::crash {

struct Options {
  std::chrono::milliseconds duration{12'000};  // of the killing
  std::uint64_t seed = 0;
};
[[nodiscard]] Options& options();
// --minutes=N and --seed=N; a seed of chance where none is given. Prints the seed.
void read_options(int argc, char** argv);

// The killed side: a node of the cast, until stdin ends. Arguments: name, data directory, then the ports of left, right
// and caller.
int run_member(const std::vector<std::string>& arguments);

}  // namespace troupe::crash

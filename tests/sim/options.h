// What the simulation's tests take from the command line.
#pragma once

#include <cstdint>
#include <string>

namespace troupe::sim {

struct Options {
  std::uint64_t seeds = 100;
  std::uint64_t first = 1;
  std::string lines;  // a file for a line of each step, of one seed; empty: none
};
[[nodiscard]] Options& options();
// --seeds=N: so many, from --seed=S on; --seed=S alone is that one. --lines=FILE.
void read_options(int argc, char** argv);

}  // namespace troupe::sim

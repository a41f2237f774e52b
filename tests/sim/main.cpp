// The simulation's main().
//   test_sim --seeds=N    test_sim --seed=S [--lines=FILE]
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>

#include "base/hash_seed.h"
#include "sim/options.h"

int main(int argc, char** argv) {
  // The order in which a table is walked decides things; it is the same in every process that simulates.
  troupe::fix_hash_seed(1);
  // Disks are simulated, so memory serves, and its syncs cost nothing.
  std::error_code ignored;
  if (std::filesystem::is_directory("/dev/shm", ignored)) setenv("TMPDIR", "/dev/shm", 0);
  troupe::sim::read_options(argc, argv);
  return doctest::Context(argc, argv).run();
}

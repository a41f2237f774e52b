// The storm's main(): the test, or, with a hidden argument, a node that is going to be killed.
//   test_storm --seed=N --minutes=M
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <string_view>

#include "crash/options.h"
#include "crash/storm/cluster.h"

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "--storm-member")
    return troupe::storm::run_member(std::vector<std::string>(argv + 2, argv + argc));
  troupe::crash::read_options(argc, argv);
  return doctest::Context(argc, argv).run();
}

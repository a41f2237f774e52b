// The crash tests' main(): the tests, or, with a hidden argument, a node that is going to be killed.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <string_view>

#include "crash/options.h"
#include "crash/stages.h"

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "--member")
    return troupe::crash::run_member(std::vector<std::string>(argv + 2, argv + argc));
  if (argc > 1 && std::string_view(argv[1]) == "--staged-member")
    return troupe::crash::run_staged_member(std::vector<std::string>(argv + 2, argv + argc));
  troupe::crash::read_options(argc, argv);
  return doctest::Context(argc, argv).run();
}

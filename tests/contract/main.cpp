// The contract suite's main(): the tests, or, with the hidden argument --owner, the second process of the distance
// "two processes".
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include "contract/distance.h"

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "--owner")
    return troupe::contract::run_owner(std::vector<std::string>(argv + 2, argv + argc));
  return doctest::Context(argc, argv).run();
}

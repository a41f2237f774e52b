// The suite's main(): the tests, or, with the hidden argument --child, another process of theirs.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <string_view>

#include "contract/coordinator/ground.h"

int main(int argc, char** argv) {
  if (argc > 2 && std::string_view(argv[1]) == "--child")
    return troupe::coordinator_test::run_child(std::vector<std::string>(argv + 2, argv + argc));
  return doctest::Context(argc, argv).run();
}

// The suite's main(): the tests, or, with the hidden argument --gateway, a gateway that a test kills.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include "lost_gateway.h"

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "--gateway")
    return troupe::bazaar::run_gateway(std::vector<std::string>(argv + 2, argv + argc));
  return doctest::Context(argc, argv).run();
}

// Flows that await each other take no stack for it, whatever the optimizer does: this file is compiled without it.
#include <doctest/doctest.h>

#include "saga/flow.h"

using troupe::saga::Flow;

namespace {

// More calls than a stack of 8 MiB holds.
constexpr int kMany = 200'000;

Flow<int> one() { co_return 1; }

Flow<> sum_of_ones(int& sum) {
  for (int i = 0; i < kMany; ++i) sum += co_await one();
}

}  // namespace

TEST_CASE("co_awaits of flows that never suspend take no stack") {
  int sum = 0;
  auto flow = sum_of_ones(sum);

  flow.start();

  CHECK(flow.done());
  CHECK(sum == kMany);
}

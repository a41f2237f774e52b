// The counter under the test kit, with no test framework: what fails is thrown.
#include <troupe/testing.h>

#include <cstdio>
#include <exception>

#include "counter.capnp.troupe.h"

class Counter final : public app::CounterActor {
  troupe::Task<> add(AddParams::Reader in, AddResults::Builder out) override {
    edit().setTotal(state().getTotal() + in.getAmount());
    out.setTotal(state().getTotal());
    co_return;
  }
  troupe::Task<> get(GetParams::Reader, GetResults::Builder out) override {
    out.setTotal(state().getTotal());
    co_return;
  }
};

int main() try {
  troupe::testing::TestNode node([](troupe::Node& it) { it.host<Counter>(); });
  node.messages().drop_next(1, {.service = "Counter"}, troupe::testing::Loss::answer);
  (void)node.ref<app::Counter>("a").add([](auto p) { p.setAmount(2); }).get();
  node.crash();
  node.start();

  node.expect_state<app::CounterState>({"Counter", "a"}, [](auto state) { return state.getTotal() == 2; });
  std::puts("kept 2");
} catch (const std::exception& e) {
  std::puts(e.what());
  return 1;
}

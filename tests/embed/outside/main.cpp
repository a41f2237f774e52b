// A host program: one durable counter in a folder given on the command line. Each run adds two and prints the total.
#include <troupe/node.h>

#include <chrono>
#include <cstdio>

#include "counter.capnp.troupe.h"

class Counter final : public app::CounterActor {
  troupe::Task<> add(AddParams::Reader in, AddResults::Builder out) override {
    edit().setTotal(state().getTotal() + in.getAmount());
    out.setTotal(state().getTotal());
    co_return;  // commit, then the reply leaves
  }
  troupe::Task<> get(GetParams::Reader, GetResults::Builder out) override {
    out.setTotal(state().getTotal());
    co_return;
  }
};

int main(int argc, char** argv) {
  using namespace std::chrono_literals;
  troupe::Node node({.name = "embed", .data_dir = argc > 1 ? argv[1] : "data"});
  node.host<Counter>();
  node.start();

  auto counter = node.ref<app::Counter>("a");
  auto reply = counter.add([](auto p) { p.setAmount(2); }).get(2s);
  std::printf("total %lld\n", static_cast<long long>(reply->getTotal()));
}

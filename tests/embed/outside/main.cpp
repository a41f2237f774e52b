// A host program: one durable counter in a folder given on the command line. Each run adds two and prints the total.
#include <troupe/node.h>

#include <chrono>
#include <cstdio>

#include "counter.capnp.troupe.h"

namespace {

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

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: counter DIRECTORY\n");
    return 2;
  }
  using namespace std::chrono_literals;

  try {
    troupe::Node node({.name = "embed", .data_dir = argv[1]});
    node.host<Counter>();
    node.start();

    auto counter = node.ref<app::Counter>("a");
    auto added = counter.add([](auto p) { p.setAmount(2); }).get(2s);
    auto read = counter.get().get(2s);
    std::printf("total %lld\n", static_cast<long long>(read->getTotal()));
    return added->getTotal() == read->getTotal() ? 0 : 1;
  } catch (const troupe::Error& error) {
    std::fprintf(stderr, "counter: %s\n", error.what());
    return 1;
  }
}

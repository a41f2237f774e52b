// One member of a cluster: `counters CLUSTER.TOML one` and `... two` own the counters, each its part, and run until
// SIGTERM or Ctrl-C; `... desk` owns none, adds two to each of four, and prints the totals.
#include <signal.h>
#include <troupe/node.h>
#include <troupe/toml.h>

#include <chrono>
#include <cstdio>
#include <string>

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

int main(int argc, char** argv) try {
  using namespace std::chrono_literals;
  if (argc != 3) return std::puts("usage: counters CLUSTER.TOML MEMBER"), 2;
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGINT);
  sigaddset(&stop, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);  // before the node's threads, which then leave them to main

  troupe::Node node(troupe::read_node_file(argv[1], argv[2]).config);
  node.host<Counter>();
  node.start();
  if (std::string(argv[2]) == "desk") {
    if (!node.wait_connected(10s)) return std::puts("one and two do not answer"), 1;
    for (const char* key : {"a", "b", "c", "d"}) {
      const auto reply = node.ref<app::Counter>(key).add([](auto p) { p.setAmount(2); }).get(10s);
      std::printf("%s %lld\n", key, static_cast<long long>(reply->getTotal()));
    }
    return 0;
  }
  int signal = 0;
  sigwait(&stop, &signal);
} catch (const std::exception& e) {
  std::puts(e.what());
  return 1;
}

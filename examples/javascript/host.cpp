// A host program: durable counters in a folder, offered to programs of any language on an RPC port. Whoever sends the
// token is "desk". Prints its port; SIGTERM and SIGINT end it.
#include <rpc/server.h>
#include <signal.h>
#include <troupe/actor.h>
#include <troupe/node.h>

#include <cstdio>
#include <exception>
#include <string>
#include <utility>

#include "counter.capnp.troupe.h"

namespace {

using troupe::Task;

class Counter final : public counters::CounterActor {
  Task<> add(AddParams::Reader in, AddResults::Builder out) override {
    edit().setTotal(state().getTotal() + in.getAmount());
    out.setTotal(state().getTotal());
    co_return;
  }
  Task<> get(GetParams::Reader, GetResults::Builder out) override {
    out.setTotal(state().getTotal());
    co_return;
  }
  Task<> take(TakeParams::Reader in, TakeResults::Builder out) override {
    if (in.getAmount() > state().getTotal()) throw troupe::Refusal("too_low", "there are not so many");
    edit().setTotal(state().getTotal() - in.getAmount());
    out.setTotal(state().getTotal());
    co_return;
  }
};

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 3 || argc > 4) return std::puts("usage: counter_host FOLDER TOKEN [PORT]"), 2;
  const std::string token = argv[2];
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);  // of the threads to come, too
  troupe::Node node({.name = "counters", .data_dir = argv[1]});
  node.host<Counter>();
  node.start();

  troupe::rpc::ServerOptions options;
  options.port = static_cast<std::uint16_t>(argc == 4 ? std::stoi(argv[3]) : 0);
  options.check_token = [token](std::string_view given) -> troupe::Result<troupe::rpc::Bearer> {
    if (given != token) return troupe::Error(troupe::ErrorKind::unauthenticated, "that is not the token");
    return troupe::rpc::Bearer{.caller = {.name = "desk", .roles = {}, .scopes = {}}};
  };
  troupe::rpc::Server server(node, std::move(options));
  server.offer<counters::Counter>().start();

  std::printf("%u\n", unsigned{server.port()});
  std::fflush(stdout);
  int signal = 0;
  sigwait(&ends, &signal);
  server.drain(std::chrono::seconds(5));
} catch (const std::exception& e) {
  std::puts(e.what());
  return 1;
}

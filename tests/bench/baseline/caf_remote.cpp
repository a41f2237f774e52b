#include <cstdio>
#include <stdexcept>
#include <string>

#include "baseline/baselines.h"
#include "baseline/caf_system.h"
#include "own_process.h"

namespace troupe::bench::baseline {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kPayloadBytes = 64;

struct RemoteRequests {
  std::uint64_t done = 0;
  int in_flight = 0;
  Clock::time_point end;
};
using RemoteRequester = caf::stateful_actor<RemoteRequests>;

void request_remote(RemoteRequester* self, const caf::actor& to, std::uint64_t& total, Finish& finish) {
  self->request(to, caf::infinite, std::string(kPayloadBytes, 'x'))
      .then([self, to, &total, &finish](const std::string&) {
        ++self->state.done;
        if (Clock::now() < self->state.end) {
          request_remote(self, to, total, finish);
        } else if (--self->state.in_flight == 0) {
          total = self->state.done;
          finish.one_is_done();
          self->quit();
        }
      });
}

double remote_calls_per_second(caf::actor_system& system, const caf::actor& to, int in_flight,
                               std::chrono::nanoseconds time) {
  Finish finish(1);
  std::uint64_t total = 0;
  const auto start = Clock::now();
  system.spawn([&](RemoteRequester* self) {
    self->state.end = start + time;
    self->state.in_flight = in_flight;
    for (int i = 0; i < in_flight; ++i) request_remote(self, to, total, finish);
  });
  finish.wait();
  const std::chrono::duration<double> took = Clock::now() - start;
  return static_cast<double>(total) / took.count();
}

}  // namespace

double caf_remote_calls(int in_flight, const Effort& effort) {
  OwnProcess server({"--serve", "caf"}, effort.apart);
  const auto port = static_cast<std::uint16_t>(std::stoul(server.read_line(std::chrono::seconds(10))));
  CafConfig config(true);
  caf::actor_system system(config);
  auto echo = system.middleman().remote_actor("127.0.0.1", port);
  if (!echo) throw std::runtime_error("CAF: no connection to its server: " + system.render(echo.error()));
  remote_calls_per_second(system, *echo, in_flight, effort.time / 10);
  return remote_calls_per_second(system, *echo, in_flight, effort.time);
}

void serve_caf() {
  CafConfig config(true);
  caf::actor_system system(config);
  auto echo = system.spawn([]() -> caf::behavior { return {[](std::string& bytes) { return std::move(bytes); }}; });
  const auto port = system.middleman().publish(echo, 0, "127.0.0.1");
  if (!port) throw std::runtime_error("CAF: cannot publish: " + system.render(port.error()));
  std::printf("%u\n", static_cast<unsigned>(*port));
  std::fflush(stdout);
  wait_for_end_of_input();
  caf::anon_send_exit(echo, caf::exit_reason::user_shutdown);
}

}  // namespace troupe::bench::baseline

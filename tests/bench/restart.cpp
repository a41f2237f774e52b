#include "restart.h"

#include <troupe/node.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "bench.capnp.troupe.h"

namespace troupe::bench {
namespace {

using Clock = std::chrono::steady_clock;

class Crashing final : public CrasherActor {
  Task<> crash(CrashParams::Reader, CrashResults::Builder) override { throw std::runtime_error("as it was told"); }
  Task<> touch(TouchParams::Reader, TouchResults::Builder) override { co_return; }
};

class CrashCalling final : public CrashCallerActor {
  Task<> run(RunParams::Reader in, RunResults::Builder out) override {
    const auto callee = ref<Crasher>(key());
    const auto end = Clock::now() + std::chrono::nanoseconds(in.getNanoseconds());
    std::vector<std::uint64_t> took;
    for (auto start = Clock::now(); start < end; start = Clock::now()) {
      bool crashed = false;
      auto crash = callee.crash();
      try {
        co_await std::move(crash);
      } catch (const Error& error) {
        crashed = error.kind() == ErrorKind::failed;
      }
      if (!crashed) throw Error(ErrorKind::failed, "the actor did not crash");
      auto next = callee.touch();
      co_await std::move(next);
      took.push_back(static_cast<std::uint64_t>((Clock::now() - start).count()));
    }
    const auto middle = took.begin() + static_cast<std::ptrdiff_t>(took.size() / 2);
    std::nth_element(took.begin(), middle, took.end());
    out.setMedianNanoseconds(*middle);
  }
};

double median_us(Node& node, std::chrono::nanoseconds time) {
  auto run = node.ref<CrashCaller>("it").run(
      [&](auto params) { params.setNanoseconds(static_cast<std::uint64_t>(time.count())); });
  return static_cast<double>(std::move(run).get(std::chrono::minutes(10))->getMedianNanoseconds()) / 1e3;
}

}  // namespace

double restart_us(const Effort& effort) {
  NodeConfig config{.name = "bench", .threads = 2};
  // Every crash is the first: what is measured is the restart, not the backoff.
  config.restart = {.window = std::chrono::milliseconds(0), .sustained = 0};
  Node node(config);
  node.host<Crashing>().host<CrashCalling>();
  node.start();
  median_us(node, effort.time / 10);
  return median_us(node, effort.time);
}

}  // namespace troupe::bench

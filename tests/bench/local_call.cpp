#include "local_call.h"

#include <troupe/node.h>

#include <string>
#include <vector>

#include "bench.capnp.troupe.h"

namespace troupe::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::uint64_t kCallsBetweenLooksAtTheClock = 1024;

class Adding final : public AdderActor {
  Task<> add(AddParams::Reader in, AddResults::Builder out) override {
    out.setValue(in.getValue() + 1);
    co_return;
  }
};

class PooledAdding final : public PooledAdderActor {
  Task<> add(AddParams::Reader in, AddResults::Builder out) override {
    out.setValue(in.getValue() + 1);
    co_return;
  }
};

class Calling final : public AddCallerActor {
  Task<> run(RunParams::Reader in, RunResults::Builder out) override {
    if (in.getPooled()) return call(ref<PooledAdder>(), std::chrono::nanoseconds(in.getNanoseconds()), out);
    return call(ref<Adder>(key()), std::chrono::nanoseconds(in.getNanoseconds()), out);
  }
  template <class Callee>
  static Task<> call(Ref<Callee> callee, std::chrono::nanoseconds time, RunResults::Builder out) {
    const auto end = Clock::now() + time;
    std::uint64_t calls = 0;
    do {
      for (std::uint64_t i = 0; i < kCallsBetweenLooksAtTheClock; ++i) {
        auto one = callee.add([](auto params) { params.setValue(1); });
        co_await std::move(one);
      }
      calls += kCallsBetweenLooksAtTheClock;
    } while (Clock::now() < end);
    out.setCalls(calls);
  }

  // Two bursts are under way: the callee has work while the sender hears of the one before.
  Task<> flood(FloodParams::Reader in, FloodResults::Builder out) override {
    const auto callee = ref<Adder>(std::string_view(in.getCallee().cStr(), in.getCallee().size()));
    const auto end = Clock::now() + std::chrono::nanoseconds(in.getNanoseconds());
    std::uint64_t messages = 0;
    auto before = send_burst(callee, in.getBurst());
    do {
      auto next = send_burst(callee, in.getBurst());
      co_await std::move(before);
      before = std::move(next);
      messages += in.getBurst();
    } while (Clock::now() < end);
    co_await std::move(before);
    out.setMessages(messages + in.getBurst());
  }

  // The call that is the last of the burst.
  static Call<Adder::AddResults> send_burst(const Ref<Adder>& callee, std::uint32_t burst) {
    const auto add = [&] { return callee.add([](auto params) { params.setValue(1); }); };
    for (std::uint32_t i = 1; i < burst; ++i) add().forget();
    return add();
  }
};

double calls_per_second(Node& node, int pairs, std::chrono::nanoseconds time, bool pooled = false) {
  std::vector<Call<AddCaller::RunResults>> runs;
  const auto start = Clock::now();
  for (int i = 0; i < pairs; ++i) {
    const auto caller = node.ref<AddCaller>("pair-" + std::to_string(i));
    runs.push_back(caller.run([&](auto params) {
      params.setNanoseconds(static_cast<std::uint64_t>(time.count()));
      params.setPooled(pooled);
    }));
  }
  std::uint64_t calls = 0;
  for (auto& run : runs) calls += std::move(run).get(std::chrono::minutes(10))->getCalls();
  const std::chrono::duration<double> took = Clock::now() - start;
  return static_cast<double>(calls) / took.count();
}

}  // namespace

double local_calls(int pairs, const Effort& effort) {
  Node node({.name = "bench", .threads = 2});
  node.host<Adding>().host<Calling>();
  node.start();
  calls_per_second(node, pairs, effort.time / 10);
  return calls_per_second(node, pairs, effort.time);
}

double local_calls_unrecorded(const Effort& effort) {
  Node node({.name = "bench", .threads = 2, .flight_recorder = {.bytes = 0}});
  node.host<Adding>().host<Calling>();
  node.start();
  calls_per_second(node, 1, effort.time / 10);
  return calls_per_second(node, 1, effort.time);
}

double local_calls_uncounted(const Effort& effort) {
  Node node({.name = "bench", .threads = 2, .metrics = {.calls = false}});
  node.host<Adding>().host<Calling>();
  node.start();
  calls_per_second(node, 1, effort.time / 10);
  return calls_per_second(node, 1, effort.time);
}

double local_calls_of_a_member(const Effort& effort) {
  Node node({.name = "bench",
             .data_dir = effort.dir / "member",
             .join = {.coordinator = {.kind = CoordinatorKind::file, .directory = effort.dir / "coordinator"}},
             .threads = 2});
  node.host<Adding>().host<Calling>();
  node.start();
  calls_per_second(node, 1, effort.time / 10);
  return calls_per_second(node, 1, effort.time);
}

double traced_local_calls(bool tracing, const Effort& effort) {
  NodeConfig config{.name = "bench", .threads = 2};
  config.tracing.on = tracing;
  Node node(std::move(config));
  node.host<Adding>().host<Calling>();
  node.start();
  const auto calls_within = [&](std::chrono::nanoseconds time) {
    const auto start = Clock::now();
    double calls = 0;
    while (Clock::now() - start < time) calls += calls_per_second(node, 1, std::chrono::nanoseconds(1)) > 0 ? 1 : 0;
    const std::chrono::duration<double> took = Clock::now() - start;
    return calls * static_cast<double>(kCallsBetweenLooksAtTheClock) / took.count();
  };
  calls_within(effort.time / 10);
  return calls_within(effort.time);
}

double pool_calls(const Effort& effort) {
  Node node({.name = "bench", .threads = 2});
  node.host<PooledAdding>().host<Calling>();
  node.start();
  calls_per_second(node, 1, effort.time / 10, true);
  return calls_per_second(node, 1, effort.time, true);
}

double one_way_messages(int senders, const Effort& effort) {
  Node node({.name = "bench", .threads = 2});
  node.host<Adding>().host<Calling>();
  node.start();
  const auto flood = [&](std::chrono::nanoseconds time) {
    std::vector<Call<AddCaller::FloodResults>> runs;
    const auto start = Clock::now();
    for (int i = 0; i < senders; ++i) {
      runs.push_back(node.ref<AddCaller>("sender-" + std::to_string(i)).flood([&](auto params) {
        params.setCallee("receiver");
        params.setBurst(kOneWayBurst);
        params.setNanoseconds(static_cast<std::uint64_t>(time.count()));
      }));
    }
    double messages = 0;
    for (auto& run : runs) {
      auto reply = std::move(run).get(std::chrono::minutes(10));
      messages += static_cast<double>(reply->getMessages());
    }
    return messages / std::chrono::duration<double>(Clock::now() - start).count();
  };
  flood(effort.time / 10);
  return flood(effort.time);
}

}  // namespace troupe::bench

#include "overload/load.h"

#include <time.h>
#include <troupe/actor.h>
#include <troupe/node.h>
#include <troupe/ref.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "overload.capnp.troupe.h"
#include "overload/histogram.h"
#include "pace.h"

namespace troupe::bench {
namespace {

using Clock = std::chrono::steady_clock;

// Callers that wait for each other's calls in the closed loop.
constexpr std::uint64_t kCallersPerActor = 4;
constexpr std::chrono::milliseconds kTimeout{5'000};
constexpr std::chrono::milliseconds kSample{50};

// Work that nothing can shorten.
std::uint64_t grind(std::uint64_t rounds) {
  std::uint64_t x = rounds;
  for (std::uint64_t i = 0; i < rounds; ++i) x = (x ^ (x >> 29)) * 0xbf58476d1ce4e5b9ULL + i;
  return x;
}

// Of this thread alone: other programs at work do not make the work longer.
std::chrono::nanoseconds thread_time() {
  timespec t{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
}

std::uint64_t rounds_in(std::chrono::microseconds time) {
  constexpr std::uint64_t kTrial = 4'000'000;
  auto best = std::chrono::nanoseconds::max();
  std::uint64_t sum = 0;
  for (int i = 0; i < 3; ++i) {
    const auto start = thread_time();
    sum += grind(kTrial);
    best = std::min(best, thread_time() - start);
  }
  const double per_ns = static_cast<double>(kTrial) / static_cast<double>(best.count());
  return static_cast<std::uint64_t>(per_ns * static_cast<double>(std::chrono::nanoseconds(time).count())) + (sum == 1);
}

class Grinding final : public GrinderActor {
  Task<> grind(GrindParams::Reader in, GrindResults::Builder out) override {
    out.setSum(bench::grind(in.getRounds()));
    co_return;
  }
};

class GrindingDurably final : public DurableGrinderActor {
  Task<> grind(GrindParams::Reader in, GrindResults::Builder out) override {
    edit().setSum(state().getSum() + bench::grind(in.getRounds()));
    out.setSum(state().getSum());
    co_return;
  }
};

double resident_mb() {
  std::int64_t size = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> size >> resident;
  return static_cast<double>(resident * ::sysconf(_SC_PAGESIZE)) / 1e6;
}

struct Counts {
  std::atomic<std::uint64_t> ended{0}, done{0}, overloaded{0}, failed{0};
  std::atomic<std::int64_t> hinted_ms{0};
  Histogram times;
};

}  // namespace

struct LoadedNode::Parts {
  Parts(const Load& load_in, const std::filesystem::path& dir)
      : load(load_in), rounds(rounds_in(std::chrono::microseconds(load_in.work_us))), node(config(dir)) {
    node.host<Grinding>().host<GrindingDurably>();
    node.start();
    for (std::uint32_t i = 0; i < load.actors; ++i) {
      const std::string key = "grinder-" + std::to_string(i);
      if (load.durable) {
        durable.push_back(node.ref<DurableGrinder>(key));
        durable.back().timeout(kTimeout);
      } else {
        plain.push_back(node.ref<Grinder>(key));
        plain.back().timeout(kTimeout);
      }
    }
  }

  static NodeConfig config(const std::filesystem::path& dir) {
    NodeConfig out{.name = "loaded", .data_dir = dir};
    out.threads = std::max(1u, std::thread::hardware_concurrency() - 1);
    out.admin = false;
    return out;
  }

  // `counts` outlives the call.
  void call(std::uint64_t number, Clock::time_point due, Counts& counts) {
    const auto fill = [this](auto params) { params.setRounds(rounds); };
    const auto end = [due, &counts](auto result) {
      if (result.ok()) {
        counts.times.note(Clock::now() - due);
        counts.done.fetch_add(1, std::memory_order_relaxed);
      } else if (result.error().kind() == ErrorKind::overloaded) {
        counts.hinted_ms.fetch_add(result.error().retry_after().count(), std::memory_order_relaxed);
        counts.overloaded.fetch_add(1, std::memory_order_relaxed);
      } else {
        counts.failed.fetch_add(1, std::memory_order_relaxed);
      }
      counts.ended.fetch_add(1, std::memory_order_release);
    };
    const std::size_t whom = number % load.actors;
    if (load.durable) {
      durable[whom].grind(fill).then(end);
    } else {
      plain[whom].grind(fill).then(end);
    }
  }

  Load load;
  std::uint64_t rounds;
  Node node;
  std::vector<Ref<Grinder>> plain;
  std::vector<Ref<DurableGrinder>> durable;
};

LoadedNode::LoadedNode(const Load& load, const std::filesystem::path& dir)
    : parts_(std::make_unique<Parts>(load, dir)) {}
LoadedNode::~LoadedNode() = default;

double LoadedNode::capacity(std::chrono::nanoseconds time) {
  Counts counts;
  const std::uint64_t callers = parts_->load.actors * kCallersPerActor;
  const auto start = Clock::now();
  std::uint64_t sent = 0;
  while (Clock::now() - start < time) {
    while (sent - counts.ended.load(std::memory_order_acquire) < callers) parts_->call(sent++, Clock::now(), counts);
    let_run(std::chrono::microseconds(100));
  }
  const std::chrono::duration<double> took = Clock::now() - start;
  const auto done = counts.done.load();
  await(std::chrono::milliseconds(1), [&] { return counts.ended.load(std::memory_order_acquire) >= sent; });
  return static_cast<double>(done) / took.count();
}

Served LoadedNode::offer(double calls_per_second, std::chrono::nanoseconds time) {
  Counts counts;
  Served out;
  const auto start = Clock::now();
  const std::chrono::duration<double> gap(1 / calls_per_second);
  auto due_at = [&](std::uint64_t n) {
    return start + std::chrono::duration_cast<Clock::duration>(gap * static_cast<double>(n));
  };
  std::uint64_t sent = 0;
  auto sampled = start;
  auto now = start;
  while (now - start < time) {
    const std::chrono::duration<double> so_far = now - start;
    const auto due = static_cast<std::uint64_t>(so_far.count() * calls_per_second);
    // Not all that is due at once, or the clock would stand still meanwhile.
    for (std::uint64_t i = 0; i < 64 && sent < due; ++i, ++sent) parts_->call(sent, due_at(sent), counts);
    if (sent >= due) let_run(std::chrono::microseconds(200));
    now = Clock::now();
    if (now - sampled >= kSample) {
      out.resident_mb = std::max(out.resident_mb, resident_mb());
      sampled = now;
    }
  }
  const std::chrono::duration<double> took = now - start;
  out.goodput = static_cast<double>(counts.done.load()) / took.count();
  await(std::chrono::milliseconds(1), [&] { return counts.ended.load(std::memory_order_acquire) >= sent; });
  out.offered = static_cast<double>(sent) / took.count();
  out.overloaded = static_cast<double>(counts.overloaded.load()) / took.count();
  out.failed = static_cast<double>(counts.failed.load()) / took.count();
  out.p50 = counts.times.quantile(0.5);
  out.p99 = counts.times.quantile(0.99);
  out.worst = counts.times.quantile(1);
  if (const auto refused = counts.overloaded.load(); refused > 0)
    out.hinted_ms = static_cast<double>(counts.hinted_ms.load()) / static_cast<double>(refused);
  return out;
}

}  // namespace troupe::bench

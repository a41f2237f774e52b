#include "reminders.h"

#include <troupe/node.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "baseline/baselines.h"
#include "bench.capnp.troupe.h"
#include "counting.h"
#include "pace.h"

namespace troupe::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::uint32_t kSleepers = 1024;
constexpr std::size_t kRecordBytes = 250, kNameBytes = 40, kDueBytes = 24;

class Sleeping final : public SleeperActor {
 public:
  explicit Sleeping(std::atomic<std::uint64_t>& fired) : fired_(fired) {}

 private:
  Task<> sleep(SleepParams::Reader, SleepResults::Builder) override {
    remind_in("wake", std::chrono::milliseconds(0));
    co_return;
  }
  Task<> on_reminder(std::string_view) override {
    edit().setTotal(state().getTotal() + 1);
    fired_.fetch_add(1, std::memory_order_relaxed);
    co_return;
  }

  std::atomic<std::uint64_t>& fired_;
};

}  // namespace

double reminders_fired(const Effort& effort) {
  std::atomic<std::uint64_t> fired{0};
  Node node(counting_node(effort.dir));
  node.host<Sleeping>([&] { return std::make_unique<Sleeping>(fired); });
  node.start();
  const auto run_until = [&](Clock::time_point end) {
    std::uint64_t rounds = 0;
    do {
      const auto target = fired.load() + kSleepers;
      std::vector<Call<Sleeper::SleepResults>> calls;
      for (std::uint32_t i = 0; i < kSleepers; ++i)
        calls.push_back(node.ref<Sleeper>("sleeper-" + std::to_string(i)).sleep());
      for (auto& call : calls) (void)std::move(call).get(std::chrono::minutes(1));
      await(std::chrono::microseconds(100), [&] { return fired.load(std::memory_order_relaxed) >= target; });
      ++rounds;
    } while (Clock::now() < end);
    return rounds;
  };
  (void)run_until(Clock::now() + effort.time / 10);
  const Batches batches(node);
  const auto start = Clock::now();
  const double reminders = static_cast<double>(run_until(start + effort.time)) * kSleepers;
  const std::chrono::duration<double> took = Clock::now() - start;
  batches.tell(reminders, effort);
  return reminders / took.count();
}

// The same rows: put with the record when set; erased with the record when fired.
double lmdb_reminders(const Effort& effort) {
  const auto each = [](const auto& visit) {
    for (std::uint32_t i = 0; i < kSleepers; ++i) visit("sleeper-" + std::to_string(i));
  };
  const auto due = [](const std::string& sleeper, std::uint64_t round) { return std::to_string(round) + sleeper; };
  const auto set = [&](baseline::Writes& writes, std::uint64_t round) {
    each([&](const std::string& sleeper) {
      writes.put(due(sleeper, round), kDueBytes);
      writes.put(sleeper + "/wake", kNameBytes);
      writes.put(sleeper, kRecordBytes);
    });
  };
  const auto fire = [&](baseline::Writes& writes, std::uint64_t round) {
    each([&](const std::string& sleeper) {
      writes.erase(due(sleeper, round));
      writes.erase(sleeper + "/wake");
      writes.put(sleeper, kRecordBytes);
    });
  };
  return baseline::lmdb_rounds({set, fire}, kSleepers, effort);
}

}  // namespace troupe::bench

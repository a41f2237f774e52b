// Turns that take longer than a node wants to wait without a word: each is logged once, and listed until it ends.
//
// Activations report their own turns, the waiting ones, when their time comes; a turn that holds its thread is found by
// the watch (host/watchdog.h). Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/observer.h"
#include "troupe/log.h"

namespace troupe::actor {

struct SlowTurn {
  std::string actor;   // "Order/o-1"
  std::string method;  // "(timer)" for work of the actor's own
  std::string id;      // of its call
  std::string at;      // "awaits Stock/sku-1.reserve, called 1200 ms ago"
  TimePoint since{};
};

class SlowTurns final : public Observer {
 public:
  // Listed at most; more are only logged.
  static constexpr std::size_t kMostListed = 10'000;
  // Lines in one second; what is past it is told as a number.
  static constexpr std::uint32_t kLinesPerSecond = 10;
  // Stands for the serial of the turn that has the thread, which is not known from outside.
  static constexpr std::uint64_t kRunning = 0;

  // `limit` 0: none is slow.
  SlowTurns(const Clock& clock, std::chrono::milliseconds limit, LogSink log)
      : clock_(clock), limit_(limit), log_(std::move(log)) {}

  [[nodiscard]] std::chrono::milliseconds limit() const noexcept { return limit_; }
  // `first`: it was not reported before, so it is logged; else what it does now stands in place of that. `activation`
  // and `serial` name it among all turns.
  void report(const void* activation, std::uint64_t serial, SlowTurn turn, bool first);
  void ended(const void* activation, std::uint64_t serial) noexcept;
  // Told of turns that were reported, and of no others.
  void on_turn_end(const TurnInfo& turn, const TurnEnd&) noexcept override { ended(turn.activation, turn.serial); }
  // Those that have not ended, the oldest first.
  [[nodiscard]] std::vector<SlowTurn> list() const;
  // Since the node started.
  [[nodiscard]] std::uint64_t total() const;

 private:
  void write_line(const SlowTurn& turn, TimePoint now);

  const Clock& clock_;
  const std::chrono::milliseconds limit_;
  const LogSink log_;
  mutable std::mutex mutex_;
  std::map<std::pair<const void*, std::uint64_t>, SlowTurn> turns_;
  std::uint64_t total_ = 0;
  TimePoint lines_since_{};
  std::uint32_t lines_ = 0;
};

}  // namespace troupe::actor

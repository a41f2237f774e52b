#include "actor/slow_turns.h"

#include <algorithm>

#include "base/log_fields.h"

namespace troupe::actor {

void SlowTurns::report(const void* activation, std::uint64_t serial, SlowTurn turn, bool first) {
  std::lock_guard lock(mutex_);
  if (first) {
    ++total_;
    write_line(turn, clock_.now());
  }
  const std::pair key(activation, serial);
  if (turns_.size() < kMostListed || turns_.contains(key)) turns_.insert_or_assign(key, std::move(turn));
}

void SlowTurns::ended(const void* activation, std::uint64_t serial) noexcept {
  std::lock_guard lock(mutex_);
  turns_.erase({activation, serial});
}

std::vector<SlowTurn> SlowTurns::list() const {
  std::vector<SlowTurn> out;
  {
    std::lock_guard lock(mutex_);
    out.reserve(turns_.size());
    for (const auto& [key, turn] : turns_) out.push_back(turn);
  }
  std::sort(out.begin(), out.end(), [](const SlowTurn& a, const SlowTurn& b) { return a.since < b.since; });
  return out;
}

std::uint64_t SlowTurns::total() const {
  std::lock_guard lock(mutex_);
  return total_;
}

void SlowTurns::write_line(const SlowTurn& turn, TimePoint now) {
  if (!log_) return;
  if (now - lines_since_ >= std::chrono::seconds(1)) {
    if (lines_ > kLinesPerSecond) {
      log_({LogLevel::warn, "actor",
            std::to_string(lines_ - kLinesPerSecond) + " more slow turns were not logged; `troupe turns` lists them"});
    }
    lines_since_ = now;
    lines_ = 0;
  }
  if (++lines_ > kLinesPerSecond) return;
  const ActorNameParts name(turn.actor);
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now - turn.since).count();
  log_({LogLevel::warn, "actor",
        "slow turn: " + turn.actor + "." + turn.method + " has taken " + std::to_string(ms) + " ms; it " + turn.at,
        LogFields{{"service", name.service}, {"key", name.key}, {"method", turn.method}, {"request", turn.id}}});
}

}  // namespace troupe::actor

// A circuit breaker as a pure state machine: closed, open, half-open. Times and outcomes go in, whether a call may go
// comes out. One thread at a time.
//
// By error rate and by slowness in a sliding window, with a trial of so many calls after a pause: Resilience4j's
// CircuitBreaker, after Hystrix; the name and the three states are M. Nygard's ("Release It!", 2007).
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>
#include <variant>

#include "base/clock.h"
#include "resilience/sliding_counts.h"
#include "troupe/call_policy.h"
#include "troupe/error.h"

namespace troupe::resilience {

enum class BreakerState : std::uint8_t { closed, open, half_open };
// "half-open"
[[nodiscard]] std::string_view to_string(BreakerState state) noexcept;

// What a call says of its callee.
enum class Verdict : std::uint8_t { good, failed, nothing };
// Null: results.
[[nodiscard]] Verdict verdict_of(const Error* error) noexcept;

[[nodiscard]] inline bool is_on(const BreakerPolicy& policy) noexcept {
  return policy.error_rate > 0 || policy.slow_call.count() > 0;
}

class Breaker {
 public:
  // A call that may go. It is handed back once, with what became of the call.
  struct Pass {
    std::uint64_t generation = 0;  // of the state it was given in
    TimePoint began{};
  };
  // A call that may not.
  struct Closed {
    std::chrono::milliseconds retry_after{0};
  };

  explicit Breaker(const BreakerPolicy& policy) noexcept : policy_(policy), counts_(policy.window) {}

  [[nodiscard]] std::variant<Pass, Closed> ask(TimePoint now) noexcept;
  // What is told of a state that is over changes nothing.
  void ended(const Pass& pass, Verdict verdict, TimePoint now) noexcept;

  // By hand: as if the rates had opened it, and as if its trial had gone well.
  void open(TimePoint now) noexcept;
  void reset() noexcept;

  // Counts of its window, or of its trial.
  struct Figures {
    std::uint64_t calls = 0;
    std::uint64_t failed = 0;
    std::uint64_t slow = 0;
  };
  [[nodiscard]] BreakerState state() const noexcept { return state_; }
  [[nodiscard]] Figures figures(TimePoint now) noexcept;
  // What opened it the last time.
  [[nodiscard]] const Figures& opened_by() const noexcept { return opened_by_; }
  [[nodiscard]] std::uint64_t times_opened() const noexcept { return times_opened_; }
  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }
  // While it is open: until a trial begins.
  [[nodiscard]] std::chrono::milliseconds left(TimePoint now) const noexcept;
  // Nothing is to be remembered of it.
  [[nodiscard]] bool idle(TimePoint now) noexcept {
    return state_ == BreakerState::closed && passes_ == 0 && figures(now).calls == 0;
  }

 private:
  enum Kind : std::size_t { kCall, kFailed, kSlow, kKinds };
  void enter(BreakerState state) noexcept;
  void open_by(const Figures& figures, TimePoint now) noexcept;
  // Whether so much of `of` is too much.
  [[nodiscard]] bool too_bad(const Figures& figures, std::uint64_t of) const noexcept;

  const BreakerPolicy policy_;
  BreakerState state_ = BreakerState::closed;
  std::uint64_t generation_ = 0;
  std::uint64_t passes_ = 0;  // of this state, not handed back
  SlidingCounts<kKinds> counts_;
  Figures trial_{};
  Figures opened_by_{};
  TimePoint until_{};
  std::uint64_t times_opened_ = 0;
  std::uint64_t refused_ = 0;
};

}  // namespace troupe::resilience

#include "resilience/breaker.h"

#include <algorithm>

#include "base/queue_meter.h"
#include "troupe/duration.h"

namespace troupe::resilience {

std::string_view to_string(BreakerState state) noexcept {
  switch (state) {
    case BreakerState::closed: return "closed";
    case BreakerState::open: return "open";
    case BreakerState::half_open: return "half-open";
  }
  return "closed";
}

Verdict verdict_of(const Error* error) noexcept {
  if (!error) return Verdict::good;
  switch (error->kind()) {
    case ErrorKind::unavailable:
    case ErrorKind::overloaded:
    case ErrorKind::deadline:
    case ErrorKind::unknown_outcome:
    case ErrorKind::failed:
    case ErrorKind::corrupt: return Verdict::failed;
    case ErrorKind::cancelled: return Verdict::nothing;
    default: return Verdict::good;
  }
}

std::variant<Breaker::Pass, Breaker::Closed> Breaker::ask(TimePoint now) noexcept {
  if (state_ == BreakerState::open && now >= until_) enter(BreakerState::half_open);
  if (state_ == BreakerState::open) {
    ++refused_;
    return Closed{left(now)};
  }
  if (state_ == BreakerState::half_open && passes_ + trial_.calls >= policy_.half_open_calls) {
    ++refused_;
    return Closed{kRetryAfter};  // as soon as the trial is over, which takes as long as its calls
  }
  ++passes_;
  return Pass{generation_, now};
}

void Breaker::ended(const Pass& pass, Verdict verdict, TimePoint now) noexcept {
  if (pass.generation != generation_) return;
  --passes_;
  const bool slow = policy_.slow_call.count() > 0 && now >= later(pass.began, policy_.slow_call);
  if (verdict == Verdict::nothing && !slow) return;
  const bool failed = verdict == Verdict::failed;
  if (state_ == BreakerState::half_open) {
    ++trial_.calls;
    trial_.failed += failed ? 1 : 0;
    trial_.slow += slow ? 1 : 0;
    if (too_bad(trial_, policy_.half_open_calls)) return open_by(trial_, now);
    if (trial_.calls >= policy_.half_open_calls) enter(BreakerState::closed);
    return;
  }
  counts_.add(kCall, now);
  if (failed) counts_.add(kFailed, now);
  if (slow) counts_.add(kSlow, now);
  const Figures seen = figures(now);
  if (seen.calls >= policy_.minimum_calls && too_bad(seen, seen.calls)) open_by(seen, now);
}

bool Breaker::too_bad(const Figures& figures, std::uint64_t of) const noexcept {
  const auto reaches = [of](std::uint64_t count, double rate) {
    return count > 0 && static_cast<double>(count) >= rate * static_cast<double>(of);
  };
  return (policy_.error_rate > 0 && reaches(figures.failed, policy_.error_rate)) ||
         (policy_.slow_call.count() > 0 && reaches(figures.slow, policy_.slow_rate));
}

void Breaker::enter(BreakerState state) noexcept {
  state_ = state;
  ++generation_;
  passes_ = 0;
  trial_ = {};
  counts_.clear();
}

void Breaker::open_by(const Figures& figures, TimePoint now) noexcept {
  opened_by_ = figures;  // a copy, before what it may refer to goes
  enter(BreakerState::open);
  until_ = later(now, policy_.open_for);
  ++times_opened_;
}

void Breaker::open(TimePoint now) noexcept { open_by(figures(now), now); }

void Breaker::reset() noexcept { enter(BreakerState::closed); }

Breaker::Figures Breaker::figures(TimePoint now) noexcept {
  if (state_ == BreakerState::half_open) return trial_;
  return {counts_.sum(kCall, now), counts_.sum(kFailed, now), counts_.sum(kSlow, now)};
}

std::chrono::milliseconds Breaker::left(TimePoint now) const noexcept {
  if (state_ != BreakerState::open || now >= until_) return std::chrono::milliseconds(0);
  return std::chrono::ceil<std::chrono::milliseconds>(until_ - now);
}

}  // namespace troupe::resilience

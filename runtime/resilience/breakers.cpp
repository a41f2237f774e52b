#include "resilience/breakers.h"

#include "base/log_fields.h"
#include "base/time_words.h"

namespace troupe::resilience {

template <class Do>
void MemberBreaker::change(bool by_hand, Do&& what) {
  BreakerState now{};
  std::string why;
  {
    std::lock_guard lock(mutex_);
    const BreakerState before = breaker_.state();
    what(breaker_);
    now = breaker_.state();
    if (now == before) return;
    if (now == BreakerState::open) why = opened_by();
  }
  tell(now, by_hand, why);
}

std::variant<Breaker::Pass, Error> MemberBreaker::ask(TimePoint now) {
  std::variant<Breaker::Pass, Breaker::Closed> asked;
  std::string why;
  change(false, [&](Breaker& breaker) {
    asked = breaker.ask(now);
    if (std::holds_alternative<Breaker::Pass>(asked)) return;
    why = std::string(to_string(breaker.state())) +
          (breaker.state() == BreakerState::open ? ": " + opened_by() : ", and its trial is under way");
  });
  if (const auto* pass = std::get_if<Breaker::Pass>(&asked)) return *pass;
  Error error(ErrorKind::unavailable,
              "the breaker of " + method_ + " at node " + member_ + " is " + why + "; the call did not run");
  return error.retry_after(std::get<Breaker::Closed>(asked).retry_after);
}

void MemberBreaker::ended(const Breaker::Pass& pass, Verdict verdict, TimePoint now) noexcept {
  try {
    change(false, [&](Breaker& breaker) { breaker.ended(pass, verdict, now); });
  } catch (const std::exception&) {  // no memory to say what has changed
  }
}

void MemberBreaker::open(TimePoint now) {
  change(true, [&](Breaker& breaker) { breaker.open(now); });
}

void MemberBreaker::reset() {
  change(true, [](Breaker& breaker) { breaker.reset(); });
}

std::string MemberBreaker::opened_by() const {
  const Breaker::Figures& seen = breaker_.opened_by();
  return std::to_string(seen.failed) + " of " + std::to_string(seen.calls) + " calls failed and " +
         std::to_string(seen.slow) + " were slow, within " + time_words(policy_.window);
}

void MemberBreaker::tell(BreakerState state, bool by_hand, const std::string& why) const noexcept {
  if (!log_) return;
  try {
    std::string line = "the breaker of " + method_ + " at node " + member_ + " is " + std::string(to_string(state));
    if (by_hand)
      line += ", by hand";
    else if (!why.empty())
      line += ": " + why;
    const LogLevel level = state == BreakerState::open ? LogLevel::warn : LogLevel::info;
    log_({level, "resilience", line, LogFields{{"method", method_}, {"peer", member_}}});
  } catch (const std::exception&) {  // no memory to say it; `troupe breakers` does
  }
}

MemberBreaker::Sight MemberBreaker::look(TimePoint now) {
  std::lock_guard lock(mutex_);
  return {member_,           breaker_.state(), breaker_.figures(now), breaker_.left(now), breaker_.times_opened(),
          breaker_.refused()};
}

bool MemberBreaker::idle(TimePoint now) {
  std::lock_guard lock(mutex_);
  return breaker_.idle(now);
}

std::vector<Ptr<MemberBreaker>> Breakers::all() const {
  std::lock_guard lock(mutex_);
  std::vector<Ptr<MemberBreaker>> out;
  for (const auto& [member, breaker] : breakers_) out.push_back(breaker);
  return out;
}

Breakers::Totals Breakers::totals(TimePoint now) const {
  std::lock_guard lock(mutex_);
  Totals out = gone_;
  for (const auto& [member, breaker] : breakers_) {
    const auto sight = breaker->look(now);
    out.opened += sight.times_opened;
    out.refused += sight.refused;
  }
  return out;
}

void Breakers::forget_idle(TimePoint now) {
  std::lock_guard lock(mutex_);
  std::erase_if(breakers_, [&](const auto& it) {
    if (!it.second->idle(now)) return false;
    const auto sight = it.second->look(now);
    gone_.opened += sight.times_opened;
    gone_.refused += sight.refused;
    return true;
  });
}

}  // namespace troupe::resilience

#include "actor/life_phase.h"

namespace troupe::actor {

// --- what a tree says ---

LifePhase::Steps LifePhase::keep(ChildId child) noexcept {
  if (stopped_) return {};
  child_ = child;
  if (is(Phase::erasing)) return {};
  return enter(Phase::held);
}

LifePhase::Steps LifePhase::start_supervised() noexcept { return enter(Phase::ready); }

LifePhase::Steps LifePhase::leave(bool free) noexcept {
  if (stopped_) return {};
  told_to_leave_ = true;
  if (is(Phase::erasing)) return {};  // until all of it is gone
  Steps steps = enter(Phase::leaving);
  steps.stop_supervised = free;
  return steps;
}

LifePhase::Steps LifePhase::disable() noexcept {
  if (stopped_) return {};
  return enter(Phase::down);
}

LifePhase::Steps LifePhase::unsupervise() noexcept {
  if (stopped_) return {};
  child_ = 0;
  if (is(Phase::erasing)) return {};
  return enter(Phase::ready);
}

void LifePhase::admit(Admission admission, bool made) noexcept {
  if (!is(Phase::ready) && !is(Phase::held) && !is(Phase::down)) return;
  switch (admission) {
    case Admission::open:
      if (child_ == 0) enter(Phase::ready);
      return;
    case Admission::held:
      if (!made) enter(Phase::held);
      return;
    case Admission::down:
      if (!made) enter(Phase::down);
      return;
  }
}

// --- what it does by itself ---

LifePhase::Steps LifePhase::end() noexcept {
  if (child_ == 0 || !is(Phase::ready)) return {};  // one that stops for its supervisor has its way already
  Steps steps = enter(Phase::held);
  steps.report = true;
  return steps;
}

LifePhase::Recovery LifePhase::apply_verdict(const Verdict& verdict) noexcept {
  if (!is(Phase::ready)) return Recovery::none;  // the same
  if (!verdict.restart) {
    enter(Phase::quarantined);
    return Recovery::quarantine;
  }
  if (verdict.after.count() == 0) return Recovery::at_once;  // the next turn finds no actor and makes one
  enter(Phase::backing_off);
  return Recovery::later;
}

LifePhase::Steps LifePhase::recover() noexcept {
  if (stopped_ || (!is(Phase::backing_off) && !is(Phase::quarantined)))
    return {};  // a tree has taken it in hand meanwhile
  return enter(Phase::ready);
}

}  // namespace troupe::actor

// The life of an actor's instance as a state machine: whether its turns run, and what has to happen before they do.
// Pure: it is told what happened and says what is to be done; the activation (lifecycle.cpp, supervised.cpp) does it.
//
// A crashed actor starts again at once (ready), after a while (backing_off), or is quarantined for longer. One that has
// erased more than fits one commit runs no turn until all of it is gone (erasing). One that a supervision tree keeps is
// leaving, held until it is started again, or down for good. What erases goes on whatever the tree says, and does
// what it was told afterwards.
//
// Beside all that the actor's partition comes to this node and leaves it: see Residence. What the actor is told of
// while its partition is away counts when that is back.
#pragma once

#include <atomic>
#include <cstdint>

#include "actor/context.h"

namespace troupe::actor {

enum class Phase : std::uint8_t { ready, backing_off, quarantined, erasing, leaving, held, down };

// Whether the actor's partition is led by this node: here; on its way out, while calls that turns of the partition make
// still run (draining) or none does (departing); or away, when there is no actor.
enum class Residence : std::uint8_t { here, draining, departing, away };

class LifePhase {
 public:
  // What an event makes of the actor; done in the order of their names here.
  struct Steps {
    bool leave_quarantine = false;  // it is listed as quarantined no more
    bool stop_supervised = false;   // it goes, and reports that it has
    bool report = false;            // the tree is told that it ended
  };

  // --- the actor's own thread ---
  // Turns run.
  [[nodiscard]] bool ready() const noexcept { return is(Phase::ready) && is(Residence::here); }
  [[nodiscard]] bool is(Phase phase_in) const noexcept { return phase() == phase_in; }
  [[nodiscard]] bool is(Residence residence_in) const noexcept { return residence() == residence_in; }
  // It takes no more calls, for ever; what happens from then on changes nothing.
  [[nodiscard]] bool stopped() const noexcept { return stopped_; }
  // The child of the tree that it is; 0: none.
  [[nodiscard]] ChildId child() const noexcept { return child_; }

  Steps stop() noexcept {
    stopped_ = true;
    return {.leave_quarantine = is(Phase::quarantined)};
  }

  // --- what a tree says ---
  Steps keep(ChildId child) noexcept;
  // Why it cannot be started.
  enum class Refusal : std::uint8_t { none, stopped, erasing };
  [[nodiscard]] Refusal refusal() const noexcept {
    return stopped_ ? Refusal::stopped : is(Phase::erasing) ? Refusal::erasing : Refusal::none;
  }
  Steps start_supervised() noexcept;  // only if nothing is against it
  // It was started, and could not be made.
  void not_started() noexcept { enter(Phase::held); }
  // `free`: no turn runs or waits, or none is waited for.
  Steps leave(bool free) noexcept;
  Steps stop_supervised_now() const noexcept { return {.stop_supervised = is(Phase::leaving)}; }
  void supervised_stop_done() noexcept {
    told_to_leave_ = false;
    enter(Phase::held);
  }
  Steps disable() noexcept;
  Steps unsupervise() noexcept;
  // What became of the service it belongs to. `made`: there is an actor, which goes on as it is.
  void admit(Admission admission, bool made) noexcept;

  // --- what its partition does ---
  void reside(Residence residence_in) noexcept { residence_.store(residence_in, std::memory_order_relaxed); }

  // --- what it does by itself ---
  // It crashed, or ended of its own will. report: the tree decides what comes of it. Without a child of a tree the
  // judge does, and of a crash alone: apply_verdict().
  Steps end() noexcept;
  enum class Recovery : std::uint8_t { none, at_once, later, quarantine };
  [[nodiscard]] Recovery apply_verdict(const Verdict& verdict) noexcept;
  // Its time to recover has come.
  Steps recover() noexcept;
  void begin_erasing() noexcept { enter(Phase::erasing); }
  // Nothing is left to erase, or nothing can be.
  void end_erasing() noexcept {
    if (is(Phase::erasing)) enter(Phase::ready);
  }
  // A turn has ended. What it was told while it could not is taken up.
  void take_up_orders() noexcept {
    if (told_to_leave_ && is(Phase::ready)) enter(Phase::leaving);
  }

  // --- any thread ---
  [[nodiscard]] Phase phase() const noexcept { return phase_.load(std::memory_order_relaxed); }
  [[nodiscard]] Residence residence() const noexcept { return residence_.load(std::memory_order_relaxed); }

 private:
  // The one place where the phase changes.
  Steps enter(Phase next) noexcept {
    const bool was_quarantined = is(Phase::quarantined) && next != Phase::quarantined;
    phase_.store(next, std::memory_order_relaxed);
    return {.leave_quarantine = was_quarantined};
  }

  // Changed by its own thread alone.
  std::atomic<Phase> phase_{Phase::ready};
  std::atomic<Residence> residence_{Residence::here};
  bool stopped_ = false;
  bool told_to_leave_ = false;
  ChildId child_ = 0;
};

}  // namespace troupe::actor

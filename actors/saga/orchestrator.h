// The orchestrator of a saga: lets its flow go on as far as the journal knows, runs what the flow waits for in turns of
// their own, and undoes it in reverse when the saga fails or is cancelled. What it promises is in README.md.
//
// What decides is always what is in the journal; everything kept here is the memory of one activation. The actor's own
// turns only.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "saga/flow.h"
#include "saga/journal.h"
#include "saga/step.h"

namespace troupe::saga {

// What the orchestrator needs of the saga's actor.
class Stage {
 public:
  virtual Actor& actor() = 0;
  virtual std::string_view own_key() const = 0;
  virtual std::chrono::system_clock::time_point wall() const = 0;
  // See Actor: what is waited for goes by these, so that it does not matter whether somebody sets the clock.
  virtual std::chrono::milliseconds node_time() const = 0;
  virtual std::chrono::milliseconds time_since(std::chrono::milliseconds then) const = 0;
  virtual HoldsBack holds_back() const noexcept = 0;
  virtual bool may_begin() const = 0;
  virtual Flow<> begin_flow() = 0;
  virtual std::uint64_t set_timer(std::chrono::milliseconds delay, std::function<Task<>()> work) = 0;
  virtual void end_timer(std::uint64_t timer) noexcept = 0;
  virtual void set_reminder(std::chrono::milliseconds delay) = 0;
  virtual void drop_reminder() = 0;
  // See Actor::name_calls().
  virtual void name_calls(std::string_view name, std::optional<std::chrono::milliseconds> first_used,
                          std::chrono::milliseconds timeout) = 0;
  // Who is asking in the turn that runs, or null; and who is from now on: see Actor.
  virtual const Caller* who_asks() const noexcept = 0;
  virtual void act_for(const Caller& caller) = 0;
  virtual void phase_changed(Phase now, const Error* why) = 0;
  [[nodiscard]] virtual std::chrono::milliseconds wake_within() const = 0;
  virtual troupe::detail::Sleep pause(std::chrono::milliseconds time) = 0;

 protected:
  ~Stage() = default;
};

class Orchestrator {
 public:
  explicit Orchestrator(Stage& stage) : stage_(stage) {}
  Orchestrator(const Orchestrator&) = delete;
  Orchestrator& operator=(const Orchestrator&) = delete;

  // --- what a method of the actor may do; part of its turn ---
  // Each says whether it changed anything.
  bool start();
  bool start_anew();
  bool cancel();
  bool kill();
  bool go_on();
  bool decide(bool took_effect);
  bool raise(std::string_view signal, capnp::AnyPointer::Reader payload);
  // --- and ask ---
  [[nodiscard]] Phase phase();
  [[nodiscard]] std::optional<Error> failure();
  void tell(SagaStatus::Builder out);
  // Starts a run, in a turn of its own, when there never was one and it may begin; then waits until it is at rest, or
  // only until it runs no longer. Throws `invalid` in a turn that the saga's own turns would have to wait for.
  enum class Until : std::uint8_t { at_rest, decided };
  Task<> wait_for_it(Until until);

  void activated();
  void reminded();

  // --- what a flow waits for; see detail::Waiter ---
  // Settles what the journal knows. True: all of it.
  bool replay(const std::vector<detail::Branch*>& branches);
  void wait(std::vector<detail::Branch*> branches, std::coroutine_handle<> waiting);

 private:
  using Branch = detail::Branch;
  // What the last turn tried. Whether it came to pass says the journal, for the turn may have been rolled back.
  struct Tried {
    Branch* branch = nullptr;
    std::optional<Error> error;
  };
  struct PendingUndo {
    std::uint32_t position = 0;
    std::string name;
    detail::Undo undo;
    std::uint32_t attempts = 0;
    std::uint32_t unknowns = 0;
    std::uint32_t anew = 0;  // as Branch::anew
    bool repeatable = false;
    std::uint32_t round = 0;
    // By the node's time:
    std::uint64_t anew_ms = 0;  // when that round was decided on; 0: it is the first
    std::uint64_t first_try_ms = 0;
    std::uint64_t next_try_ms = 0;
    std::optional<Error> last_error;
  };

  // orchestrator.cpp: one turn after the other
  Task<> drive();
  Task<> turn();
  void begin(std::uint32_t number);
  void schedule(std::chrono::milliseconds delay);
  void kick();
  void again(std::chrono::milliseconds delay = {}) { again_in_ = delay; }
  void load(const RunRecord& run);
  void forget() noexcept;
  void drop_flow() noexcept;
  // Lets the flow go on as far as it can. False: the journal is another flow's; this turn has written so.
  bool advance(RunRecord& run);
  // What a flow that has ended leads to.
  void flow_ended(RunRecord& run);
  void compensate(RunRecord& run, const Error* why);
  void end(RunRecord& run, Phase phase);
  void stuck(RunRecord& run, const std::string& why, std::optional<std::uint32_t> at = {}, std::string_view step = {});
  [[nodiscard]] bool doubtful() const;

  // attempts.cpp: what is tried, and what comes of it
  Task<> attempt(const RunRecord& run);
  Task<> run_body(const RunRecord& run, Tried& tried);
  Task<> run_side_by_side(const RunRecord& run);
  [[nodiscard]] Outcome outcome_of(const Branch& branch) const;
  // Throws, as of a step in doubt, when the journal cannot take the result.
  void keep(const RunRecord& run, const Branch& branch, capnp::AnyPointer::Reader result);
  void wait_outside(const RunRecord& run, Branch& branch);
  void name_calls(const RunRecord& run, Branch& branch);
  // Takes in what became of the last turn. False: this turn has written something about it and is over.
  bool read_outcomes(RunRecord& run);
  bool failed(RunRecord& run, Branch& branch, Error error);
  void resolve(Branch& branch, const Journal::Stored& entry);
  Task<> undo_next(RunRecord& run);
  bool undo_failed(RunRecord& run, PendingUndo& undo, const Error& error);
  [[nodiscard]] Moment now() const;
  // How much is left of what is awaited, and has this deadline; not positive: it is past.
  [[nodiscard]] std::chrono::milliseconds left_of(std::chrono::milliseconds deadline) const;
  [[nodiscard]] std::chrono::milliseconds backoff(const Retry& retry, std::uint32_t attempts,
                                                  std::uint32_t position) const;

  Journal journal() const { return Journal(stage_.actor()); }

  Stage& stage_;

  // --- turns ---
  std::uint64_t timer_ = 0;
  bool driving_ = false;
  bool kicked_ = false;  // somebody wants a turn after the one that runs
  std::optional<std::chrono::milliseconds> again_in_;
  std::uint32_t own_failures_ = 0;
  bool reminded_ = false;
  bool reminder_set_ = false;  // for the end of the wait that the flow is in

  // --- the flow, and what the journal knew when this activation began ---
  bool loaded_ = false;
  bool just_started_ = false;
  bool live_ = false;                         // what the flow waits for next has not begun before this activation
  std::optional<std::uint32_t> decided_at_;   // nothing has begun behind what is waited for there
  std::optional<std::uint32_t> begun_up_to_;  // the same, of what was loaded
  std::vector<std::pair<std::uint32_t, Journal::Stored>> known_;
  Moment last_finished_{};
  Flow<> flow_;
  std::uint32_t position_ = 0;
  std::vector<Branch*> awaited_;
  Moment begun_{};  // when what is awaited could begin: what came before had ended
  std::coroutine_handle<> waiting_;
  std::string mismatch_;

  // --- what the last turn tried, and what is to be undone ---
  std::vector<Tried> tried_;
  bool undo_tried_ = false;
  std::optional<Error> undo_error_;
  bool rolled_back_ = false;
  std::vector<PendingUndo> undos_;  // in the order of their positions; the last is undone first
  bool undos_known_ = false;
  bool compensating_before_ = false;  // an earlier activation may have begun to undo
};

}  // namespace troupe::saga

// An activation: the live instance of one actor, and the place its mail arrives.
//
// It takes calls in (accept), runs them as turns one at a time (or beside each other where the schema allows),
// hands their write sets to the commit queue and lets answers out once they are durable. Everything here runs
// on the activation's own scheduled actor, one mail at a time; what other threads may ask is marked.
#pragma once

#include <atomic>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actor/context.h"
#include "actor/courier.h"
#include "actor/current.h"
#include "actor/life_phase.h"
#include "actor/output_gate.h"
#include "actor/row_view.h"
#include "actor/timers.h"
#include "actor/turn.h"
#include "actor/turns.h"
#include "actor/visitors.h"
#include "actor/waiting_calls.h"
#include "actor/wake_up.h"
#include "actor/watches.h"
#include "base/observer.h"
#include "engine/scheduled_actor.h"
#include "store/format/keys.h"
#include "telemetry/tracer.h"
#include "troupe/inspection.h"
#include "wire/envelope.h"

namespace troupe::actor {

class Activation;
class DurableState;
class Erasure;
struct ErasurePage;
struct WriteSet;  // of one turn: turn.cpp

// A mail for the runtime itself, acted on between turns.
class Control : public Mail {
 public:
  Control() noexcept : Mail(Kind::control) {}
  virtual void act(Activation& activation) noexcept = 0;  // the mail deletes itself
};

class Activation final : public engine::ScheduledActor {
 public:
  // `made_for`: of the peer whose call makes it; null: a call of this node does.
  Activation(Context& context, wire::Address& address, std::shared_ptr<Hosted> hosted,
             Ptr<Visitors> made_for = nullptr);
  ~Activation() override;

  // --- any thread ---
  [[nodiscard]] OutputGate& gate() noexcept { return gate_; }
  // One of its commits was not stored. True: that one alone was refused, and the actor starts again from the store.
  [[nodiscard]] bool not_committed(const store::Commit& commit, std::uint64_t number) noexcept;
  // A piece of what is erased is on disk, or could not be; `call` asked for it and is answered after the last.
  void part_erased(wire::EnvelopePtr call, bool failed) noexcept;
  // The last round of the sweep in which it did something.
  [[nodiscard]] std::uint32_t last_used() const noexcept { return last_used_.load(std::memory_order_relaxed); }
  [[nodiscard]] bool live() const noexcept { return live_.load(std::memory_order_relaxed); }
  [[nodiscard]] const Turns& turns() const noexcept { return turns_; }
  // The turn that has the thread has been reported as slow.
  void note_slow() noexcept { noted_slow_.store(true, std::memory_order_relaxed); }
  // The method whose turn has the thread at this moment, "(timer)" for work of its own; empty: none has it.
  [[nodiscard]] std::string running_method() const;
  // Whether a turn runs or waits, a call waits, or a commit is under way.
  [[nodiscard]] bool busy() const noexcept;
  // Calls that wait, for a worker or for their turn.
  [[nodiscard]] std::uint64_t queue_length() const noexcept { return std::uint64_t{waiting()} + calls_.count(); }
  // Those, and the turns that run or wait.
  [[nodiscard]] std::uint64_t load() const noexcept {
    return queue_length() + turns_.waiting() + (turns_.running() ? 1 : 0);
  }
  // WaitingCalls::delay(), while any call waits.
  [[nodiscard]] std::chrono::milliseconds queue_delay() const noexcept {
    return queue_length() == 0 ? std::chrono::milliseconds(0) : calls_.delay();
  }
  // What can be told without asking the activation.
  [[nodiscard]] ActorView outside_view() const;

  // --- its own thread ---
  [[nodiscard]] ActorView view();
  // The committed state as flat words; empty for an actor that has none yet.
  [[nodiscard]] std::vector<std::uint64_t> state_words();
  // Puts the actor away if it has nothing to do; its state is in the store.
  void passivate();
  // Goes on with calls that wait.
  void go_on() { continuing_ = false; }
  // Ends every turn and call, and takes no more.
  void stop(const Error& why);
  // erasure.cpp: one more piece of it is on disk, and the next may go; or none can, and no turn runs any more.
  void erase_rest(wire::EnvelopePtr call) noexcept;
  void cannot_erase() noexcept;
  // Memory is ahead of the store, which refused a commit: the actor crashes, and its next turn reads the store.
  void start_from_store() noexcept;
  // Throws `what` into the actor as if a handler had.
  void crash_now(const std::string& what);
  // The caller of this call has given it up: a turn of it that waits ends, and keeps nothing.
  void cancel(const wire::Envelope& call);
  // Ends its quarantine before its time, and forgets its crashes. False: it is in none.
  [[nodiscard]] bool end_quarantine();

  // supervised.cpp: what a supervision tree does with it
  // From now on `child` of the tree: it waits, with its calls, to be started by it, and is not passivated.
  void keep(ChildId child);
  // Lets turns run. A child of the tree becomes active at once and reports to the tree; `again`: it is a restart.
  void start_supervised(bool again);
  // No new turns; then, when those that run have ended or `at_once`, the actor goes and calls wait. `done` is let go of
  // when that is so.
  void stop_supervised(bool at_once, Ptr<Counted> done);
  // One that stops for its supervisor does so at once.
  void stop_supervised_now();
  // It will not be started: the calls that wait, and those that come, are `unavailable`.
  void disable(const std::string& why);
  // The tree knows it no more: an actor like any other.
  void unsupervise();

  // residence.cpp: what its partition does with it
  // From now on only calls that turns of the partition's own actors make start turns here; others wait.
  void drain() noexcept;
  // No new turns; then, when those that run have ended or `at_once`, the actor goes and calls wait. `done` is let go of
  // when that is so.
  void depart(bool at_once, Ptr<Counted> done) noexcept;
  // Every commit of the partition has ended: what is in memory of an actor that has gone goes too.
  void forget() noexcept;
  // The partition is open, and so are those of its actors that are called.
  void arrive() noexcept;
  // Another node leads the partition: the calls that wait go there.
  void send_after() noexcept;

  // --- for the turn that runs ---
  [[nodiscard]] wire::Address& address() const noexcept { return *address_; }
  [[nodiscard]] Context& context() const noexcept { return context_; }
  [[nodiscard]] const Hosted& hosted() const noexcept { return *hosted_; }
  [[nodiscard]] capnp::AnyPointer::Reader state_root() const;
  [[nodiscard]] capnp::AnyPointer::Builder edit_root();
  // rows.cpp: the actor's rows, for one look.
  [[nodiscard]] RowView rows() const;
  // Throws unless the running turn may change what is durable, and no other does. The message begins with `what`, and
  // the table if it is about one.
  Turn& claim_edit(std::string_view what, std::string_view table = {});
  // For a turn that has claimed.
  void write_row(Turn& turn, std::string key, RowValue value);
  [[nodiscard]] store::RowOwner owner() const noexcept {
    return {address_->partition, address_->service_id, address_->key};
  }
  // messages.cpp: durable messages
  void send_durably(wire::EnvelopePtr call, const SendOptions& options);
  // reminders.cpp
  void remind(std::string_view name, std::uint64_t due_ms, std::uint64_t period_ms);
  void cancel_reminder(std::string_view name);
  // Sends a call of the running turn: at once, or as soon as what earlier turns did is durable.
  void send(Turn& turn, wire::EnvelopePtr call);
  // tape.cpp: a time that the handler is told, and what it is told of that.
  [[nodiscard]] std::int64_t told_time(ClockRead what, std::int64_t value) const noexcept;
  // Null: the turn keeps none.
  [[nodiscard]] Tape* tape_of(Turn& turn) const;
  void sleep(Turn& turn, std::coroutine_handle<> waiter, std::chrono::nanoseconds time);
  std::uint64_t set_timer(std::chrono::nanoseconds delay, std::chrono::nanoseconds period, Timers::Work work);
  void cancel_timer(std::uint64_t timer) noexcept;
  // The actor ends when `turn` has committed: with a cause, as if it had crashed.
  void end_after(const Turn& turn, std::optional<std::string> cause);
  [[nodiscard]] wire::AddressPtr spawn_child(const ServiceInfo& service, std::string_view name,
                                             std::function<std::unique_ptr<Actor>()> make);
  // watching.cpp: monitors and links. Made when they are first asked for; what takes one back need not.
  [[nodiscard]] Watches& watches();
  void unwatch(std::uint64_t monitor) noexcept;
  void unlink_from(const wire::Address* target) noexcept;
  [[nodiscard]] Turns& turns() noexcept { return turns_; }
  void resume(Turn& turn, std::coroutine_handle<> waiter);

 private:
  struct ActiveParts;    // what exists while the actor is active
  struct OptionalParts;  // what most activations never need

  void receive(Mail* mail) noexcept override;
  void take_in(Mail* mail);

  // mailbox.cpp: calls in
  void accept(wire::EnvelopePtr call, TimePoint now);
  [[nodiscard]] bool may_start(TurnKind kind) const noexcept;
  [[nodiscard]] bool may_start(const wire::Envelope& call);
  [[nodiscard]] bool may_start_while_draining(const wire::Envelope& call) const noexcept;
  [[nodiscard]] TurnKind kind_of(const wire::Envelope& call) const noexcept;
  void wait(wire::EnvelopePtr call);
  void pump();
  void refuse_waiting(const Error& why) noexcept;
  [[nodiscard]] bool sheds(const wire::Envelope& call, TimePoint now) noexcept;
  void make_room() noexcept;

  // activation.cpp: turns
  void start(wire::EnvelopePtr call, TimePoint now);
  void start_timer_work();
  template <class MakeTask>
  void run(std::unique_ptr<Turn> turn, MakeTask&& make_task);
  void finish(std::unique_ptr<Turn> turn, std::exception_ptr error);
  void suspended(Turn& turn);
  void let_go_of_thread(Turn& turn) noexcept;
  // tape.cpp
  void begin_tape(Turn& turn);
  void end_tape(Turn& turn, TurnOutcome outcome, const Error* why, const std::vector<capnp::word>* state = nullptr,
                const RowMap* rows = nullptr) noexcept;
  // observed_turns.cpp
  void tell_begin(Turn& turn);
  void tell_end(const Turn& turn, TurnOutcome outcome);
  // A turn of a sampled trace begins.
  void begin_span(Turn& turn, telemetry::Cause cause) noexcept;
  void end_span(Turn& turn, TurnOutcome outcome, const Error* why) noexcept;
  // Whether a turn that ends has a span, or is to get one although its trace is not recorded.
  [[nodiscard]] bool has_span(const Turn& turn, const Error* why) const noexcept {
    return turn.span || why || context_.tracer->is_slow_since(turn.since());
  }
  void note_begin(Turn& turn) noexcept;
  void record_end(Turn& turn, TurnOutcome outcome, const Error* why) noexcept;
  void count_end(Turn& turn, TurnOutcome outcome, const Error* why) noexcept;
  // `why`: the error it ended with; null: with none.
  void note_end(Turn& turn, TurnOutcome outcome, const Error* why) {
    if (context_.tracer && has_span(turn, why)) [[unlikely]]
      end_span(turn, outcome, why);
    if (context_.recorder) record_end(turn, outcome, why);
    if (context_.meters) count_end(turn, outcome, why);
    if (context_.observer || turn.reported_slow) [[unlikely]]
      tell_end(turn, outcome);
  }
  // Every turn ends here, whatever becomes of it then.
  void end(Turn& turn) noexcept;

  // messages.cpp, reminders.cpp: what comes to the actor besides ordinary calls
  [[nodiscard]] bool taken_before(wire::EnvelopePtr& call);
  void mark_taken(Turn& turn, const wire::DurableMessage& taken, RowMap& rows);
  // The one place where each kind of delivery finds its work.
  [[nodiscard]] Task<> run_delivery(Turn& turn);
  [[nodiscard]] Task<> take_answer(Turn& turn, const wire::MessageAnswer& came);
  [[nodiscard]] Task<> end_dead_letter(Turn& turn, const wire::EndOfDeadLetter& end);
  [[nodiscard]] Task<> fire_reminder(Turn& turn, const wire::DueReminder& reminder);
  [[nodiscard]] std::vector<Sent> number_messages(Effects& effects, RowMap& rows) const;
  void keep_past(Turn& turn, RowMap& rows);
  // erasure.cpp
  [[nodiscard]] std::unique_ptr<Erasure> begin_erasure(const Turn& turn, RowMap& rows) const;
  [[nodiscard]] std::function<ErasurePage(const store::KeyRange&, std::size_t)> erasure_reader() const;

  // turn.cpp: what a turn does to the world
  [[nodiscard]] bool answered_before(wire::EnvelopePtr& call);
  void commit(Turn& turn);
  void submit(Turn& turn, WriteSet& set);
  // The durable message that the turn takes, and remembers that it did; null: none.
  [[nodiscard]] const wire::DurableMessage* taken_by(const Turn& turn) const noexcept;
  [[nodiscard]] Result<void> prepare(Turn& turn, WriteSet& set);
  [[nodiscard]] Result<std::vector<capnp::word>> new_state(capnp::AnyPointer::Reader edited) const;
  void replace_state(std::vector<capnp::word> state);
  void let_out(wire::EnvelopePtr answer);
  // `outcome`: what observers are told.
  void roll_back(Turn& turn, const Error& why, TurnOutcome outcome);

  // lifecycle.cpp: life and death
  [[nodiscard]] bool enter_life(wire::EnvelopePtr& call);
  struct NoLife {
    Error error;
    std::string crash;  // what the actor threw; empty: it was not made
  };
  [[nodiscard]] std::optional<NoLife> awaken();
  [[nodiscard]] std::optional<Error> store_trouble() const;
  [[nodiscard]] Result<void> load(DurableState& durable) const;
  void migrate();  // migration.cpp
  void leave_life() noexcept;
  void start_anew();
  void survive(const char* what) noexcept;
  void crash(Turn* turn, const std::string& what, CrashCause cause = CrashCause::handler);
  void apply_verdict(const Verdict& verdict);
  void list_as_quarantined(const Verdict& verdict);
  // Of an event that may have ended a quarantine.
  void leave_quarantine(const LifePhase::Steps& steps);
  void recover();
  void end_turns(const Error& why) noexcept;
  // Its timers, and the actors that it made.
  void end_own_work() noexcept;

  // supervised.cpp
  // After every turn, after a crash, and when it has been erased (0).
  void after_turn(std::uint64_t serial) {
    if (optional_ || phase_.child() != 0) take_up(serial);
  }
  void take_up(std::uint64_t serial);
  void end_by_itself();
  void leave_actor(const Error& why, bool in_order) noexcept;
  void finish_supervised_stop(bool in_order);
  [[nodiscard]] bool admitted() noexcept;
  // residence.cpp
  [[nodiscard]] bool resides(wire::EnvelopePtr& call) noexcept;
  void find_residence() noexcept;
  [[nodiscard]] bool comes_from_inside(const wire::Envelope& call) const noexcept;
  void set_turns_aside() noexcept;
  void finish_departure() noexcept;
  // watching.cpp
  void watched(wire::EnvelopePtr call);
  void hear(std::optional<Watches::News> news);
  void go_down(DownReason reason, const std::string& why) noexcept;

  // timers.cpp
  void arm_deadline(TimePoint deadline);
  void check_deadlines();
  [[nodiscard]] TimePoint slow_at(const Turn& turn) const noexcept;
  void end_late_turns(TimePoint now);
  void end_early(Turn& turn, Error why);
  void report_if_slow(Turn& turn, TimePoint now);
  void on_timer(std::uint64_t token);
  void timers_due();
  void arm_timers();
  void answered(wire::EnvelopePtr call);
  OptionalParts& optional_parts();

  Context& context_;
  wire::Address* address_;  // owns this scheduled actor; whoever reaches the scheduled actor holds the address
  std::shared_ptr<Hosted> hosted_;
  const Ptr<Visitors> made_for_;
  std::unique_ptr<ActiveParts> active_;
  std::unique_ptr<OptionalParts> optional_;

  LifePhase phase_;
  Turns turns_;
  WaitingCalls calls_;

  OutputGate gate_;
  std::atomic<bool> live_{false};
  std::atomic<bool> noted_slow_{false};
  bool continuing_ = false;  // a mail to go on with the mailbox is under way
  std::atomic<std::uint32_t> last_used_{0};
  std::atomic<std::uint32_t> restarts_{0};
  WakeUp deadline_;  // for the earliest deadline of what waits here
};

}  // namespace troupe::actor

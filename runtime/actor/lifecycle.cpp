// The activation's life: loading, crash and restart, being passivated, stopping.
#include <capnp/serialize.h>

#include <stdexcept>

#include "actor/activation.h"
#include "actor/activation_parts.h"
#include "actor/flat_state.h"
#include "actor/registry.h"
#include "actor/slow_turns.h"
#include "actor/throw_point.h"
#include "base/limits.h"
#include "base/wall_time.h"
#include "store/format/actor_record.h"
#include "store/format/keys.h"

namespace troupe::actor {
namespace {

Error unavailable_store(const wire::Address& address, const std::string& why) {
  return Error(ErrorKind::unavailable, "no turn of " + address.text() + " can be committed: " + why);
}

// A state that a later build wrote stays as it is.
Result<void> fits_version(const wire::Address& address, const store::ActorRecordView& record) {
  const std::uint32_t stored = record.meta().state_version, known = address.service.state_version;
  if (stored <= known) return {};
  return Error(ErrorKind::unimplemented, "the state of " + address.text() + " is of version " + std::to_string(stored) +
                                             ", and this build knows up to version " + std::to_string(known) +
                                             "; it stays as it is, start the build that wrote it or a later one");
}

}  // namespace

// Makes sure that there is an actor to run a turn. False: there cannot be, and `call` has been answered.
bool Activation::enter_life(wire::EnvelopePtr& call) {
  if (auto trouble = store_trouble()) {
    wire::answer(std::move(call), *trouble);
    return false;
  }
  if (active_ && active_->actor) return true;
  auto trouble = awaken();
  if (!trouble) return true;
  wire::answer(std::move(call), std::move(trouble->error));
  if (!trouble->crash.empty()) crash(nullptr, trouble->crash, CrashCause::activation);
  return false;
}

std::optional<Error> Activation::store_trouble() const {
  if (!hosted_->service.durable()) return std::nullopt;
  if (gate_.failed()) return unavailable_store(*address_, "an earlier commit failed; restart the node");
  if (auto failure = context_.store->commits().failure()) return unavailable_store(*address_, failure->message());
  if (!gate_.refused()) return std::nullopt;
  return unavailable_store(*address_, "one was refused, and the actor starts again; try again")
      .retry_after(kRetryAfter);
}

namespace {

class StartFromStore final : public Control {
 public:
  void act(Activation& activation) noexcept override {
    activation.start_from_store();
    delete this;
  }
  void discard() noexcept override { delete this; }
};

}  // namespace

bool Activation::not_committed(const store::Commit& commit, std::uint64_t number) noexcept {
  if (!gate_.ended_unstored(commit, number)) return false;
  auto* mail = new StartFromStore;
  if (!post(mail)) mail->discard();
  return true;
}

void Activation::start_from_store() noexcept {
  if (!gate_.begin_age()) return;   // the last one says so too
  if (phase_.is(Phase::erasing)) {  // its first part was not stored, so nothing is erased
    optional_parts().erasure.reset();
    phase_.end_erasing();
  }
  if (phase_.stopped() || !active_) return;
  crash(nullptr, "the store refused to keep what it did; it starts again from what was committed before");
  after_turn(0);
  leave_life();
}

std::optional<Activation::NoLife> Activation::awaken() {
  if (!active_) {
    auto life = std::make_unique<ActiveParts>(wire::AddressPtr::share(address_));
    gate_.begin_epoch(context_.leadership.of(address_->partition).epoch);
    if (hosted_->service.durable()) {
      if (auto loaded = load(life->durable); !loaded.ok()) return NoLife{loaded.error(), {}};
    }
    active_ = std::move(life);
    live_.store(true, std::memory_order_relaxed);
    hosted_->live.fetch_add(1, std::memory_order_relaxed);
  }
  std::string what = "while it was activated: ";
  try {
    CurrentTurnScope scope(this, nullptr);
    active_->actor = hosted_->make();
    if (!active_->actor) throw std::runtime_error("the function that host() was given made no actor");
    migrate();
    active_->actor->on_activate();
    return std::nullopt;
  } catch (const std::exception& e) {
    what += e.what();
  } catch (...) {
    what += "an exception that is no std::exception";
  }
  return NoLife{Error(ErrorKind::failed, address_->text() + " crashed " + what), std::move(what)};
}

Result<void> Activation::load(DurableState& durable) const {
  auto bytes = context_.store->read(store::actor_key(address_->partition, address_->service_id, address_->key));
  if (!bytes.ok()) return bytes.error();
  if (!bytes->has_value()) return {};
  auto corrupt = [&](const std::string& why) {
    return Error(ErrorKind::corrupt, "the stored state of " + address_->text() + " cannot be used: " + why +
                                         "; look at it with `troupe db get`, restore it from a backup");
  };
  auto record = store::ActorRecordView::parse(**bytes);
  if (!record.ok()) return corrupt(record.error().message());
  if (auto fits = fits_version(*address_, *record); !fits.ok()) return fits;
  const bool migrates = record->meta().state_version < hosted_->service.state_version;
  if (!migrates && record->state_type() != hosted_->service.state_type) return corrupt("it is of another type");
  if (!record->state().empty() && !readable(record->state())) return corrupt("it is no Cap'n Proto message");
  if (!migrates && !record->state().empty()) {
    const auto* words = reinterpret_cast<const capnp::word*>(record->state().data());
    auto fits = context_.origin.shapes.fits(address_->service, 0, wire::ShapeBook::Part::state,
                                            capnp::readMessageUnchecked<capnp::AnyPointer>(words));
    if (!fits.ok()) return corrupt(fits.error().message());
  }
  const PartitionId partition = address_->partition;
  const std::uint64_t joined = context_.times.of_node(partition, context_.origin.time.joined());
  if (auto loaded = durable.load(*record, joined, context_.times.now(partition)); !loaded.ok())
    return corrupt(loaded.error().message());
  return {};
}

void Activation::leave_life() noexcept {
  if (!active_) return;
  {
    CurrentTurnScope scope(this, nullptr);
    active_->actor.reset();
  }
  live_.store(false, std::memory_order_relaxed);
  hosted_->live.fetch_sub(1, std::memory_order_relaxed);
  auto life = std::move(active_);  // last: with it the address, and what owns this scheduled actor, may go
}

// After everything was erased: what runs beside ends, and the next turn finds an actor that knows nothing.
void Activation::start_anew() {
  end_turns(Error(ErrorKind::unavailable, address_->text() + " was erased in another turn"));
  end_own_work();
  active_->durable.forget_pages();
  go_down(DownReason::erased, address_->text() + " was erased");
  CurrentTurnScope scope(this, nullptr);
  if (active_->actor) active_->actor->on_passivate();
  active_->actor.reset();
}

void Activation::crash_now(const std::string& what) {
  if (!active_ || phase_.is(Phase::erasing)) return;
  crash(nullptr, what);
  after_turn(0);
}

// The runtime itself was thrown at, for want of memory. What it was doing is lost, and its caller hears of that by the
// deadline; as after a crash, what was committed is what there is.
void Activation::survive(const char* what) noexcept {
  try {
    crash_now(std::string("the runtime could not go on: ") + what);
  } catch (const std::exception&) {  // nor could it say so
  }
  turns_.forget_gone();
  deadline_.forget();  // what was thrown at may not have asked for its next wake-up
  if (optional_) optional_->timers.wake_up().forget();
}

// The activation's memory is suspect: every turn ends, the actor goes, what was committed stays.
void Activation::crash(Turn* turn, const std::string& what, CrashCause cause) {
  CrashReport report{.actor = address_->text(),
                     .method = "(no method)",
                     .what = what,
                     .cause = cause,
                     .trace = trace_of(std::current_exception())};
  if (turn && turn->call()) {
    report.method = turn->what_runs();
    report.request = turn->call()->id;
    roll_back(*turn, Error(ErrorKind::failed, report.actor + "." + report.method + " crashed: " + what),
              TurnOutcome::crashed);
  }
  if (turns_.first_waiting()) end_turns(Error(ErrorKind::failed, report.actor + " crashed in another turn: " + what));
  end_own_work();
  auto& rare_part = optional_parts();
  rare_part.last_crash = report.method + ": " + what.substr(0, limits::kMaxCrashText);
  {
    CurrentTurnScope scope(this, nullptr);
    active_->actor.reset();
  }
  rare_part.ending.forget();
  report.at_ms = context_.clock.wall_ms();
  if (const ChildId child = phase_.child(); child != 0) {  // the tree decides
    const std::string why = report.method + ": " + report.what;
    context_.crashes.note(std::move(report), {});
    if (phase_.end().report) context_.child_events->ended(child, true, rare_part.last_crash);
    return go_down(DownReason::crashed, why);
  }
  auto times = context_.crashes.take_times(report.actor);
  const Verdict verdict =
      context_.judge.judge({*hosted_, report.actor, report.method, what, cause}, times, context_.clock.now());
  report.restart = verdict.restart;
  report.after = verdict.after;
  const DownReason reason = verdict.restart ? DownReason::crashed : DownReason::quarantined;
  const std::string why = report.method + ": " + report.what;
  context_.crashes.note(std::move(report), std::move(times));
  apply_verdict(verdict);
  if (const ChildId within = hosted_->child.load(std::memory_order_acquire); within != 0)
    context_.child_events->crashed_within(within, address_->text() + "." + rare_part.last_crash);
  go_down(reason, why);
}

void Activation::apply_verdict(const Verdict& verdict) {
  const auto recovery = phase_.apply_verdict(verdict);
  switch (recovery) {
    case LifePhase::Recovery::none: return;
    case LifePhase::Recovery::at_once:
    case LifePhase::Recovery::later:
      restarts_.fetch_add(1, std::memory_order_relaxed);
      hosted_->restarts.fetch_add(1, std::memory_order_relaxed);
      break;
    case LifePhase::Recovery::quarantine: list_as_quarantined(verdict); break;
  }
  if (recovery == LifePhase::Recovery::at_once) return;
  auto& pause = optional_parts().pause;
  pause.until = later(context_.clock.exact_now(), verdict.after);
  context_.engine.wake_at(pause.until, *this, kRecoverToken);
}

void Activation::list_as_quarantined(const Verdict& verdict) {
  const std::uint64_t now = context_.clock.wall_ms(), until = later(now, verdict.after);
  const std::string actor = address_->text();
  hosted_->quarantined.fetch_add(1, std::memory_order_relaxed);
  auto& rare_part = optional_parts();
  rare_part.pause.quarantined = actor + " is quarantined from " + wall_time(now) + " until " + wall_time(until) +
                                ", for it keeps crashing: " + verdict.why + "; last crash: " + rare_part.last_crash +
                                "; `troupe quarantine clear " + actor + "` lets it try earlier";
  context_.crashes.quarantine(
      {wire::AddressPtr::share(address_), actor, now, until, verdict.why, rare_part.last_crash});
  refuse_waiting(Error(ErrorKind::unavailable, rare_part.pause.quarantined));
}

void Activation::leave_quarantine(const LifePhase::Steps& steps) {
  if (!steps.leave_quarantine) return;
  hosted_->quarantined.fetch_sub(1, std::memory_order_relaxed);
  context_.crashes.release(address_->text());
  optional_parts().pause.quarantined.clear();
}

// What it did is not forgotten: one crash more that its policy does not allow, and it is quarantined again.
void Activation::recover() { leave_quarantine(phase_.recover()); }

bool Activation::end_quarantine() {
  if (phase_.stopped() || !phase_.is(Phase::quarantined)) return false;
  context_.crashes.forgive(address_->text());
  recover();
  return true;
}

void Activation::end_turns(const Error& why) noexcept {
  while (turns_.first_waiting()) {
    auto turn = turns_.take(*turns_.first_waiting());
    end(*turn);
    turn->abandon();
    roll_back(*turn, why, TurnOutcome::ended);
  }
}

void Activation::end_own_work() noexcept {
  if (!optional_) return;
  optional_->children.stop(context_.registry);
  optional_->timers.clear();
}

void Activation::passivate() {
  const bool busy =
      turns_.first_waiting() || turns_.exclusive() || queue_length() > 0 || !phase_.ready() || !gate_.settled() ||
      phase_.child() != 0 ||
      (optional_ && (!optional_->timers.empty() || optional_->watches.monitors() > 0 || !optional_->children.empty()));
  if (busy || !active_) return;
  if (active_->actor) {
    CurrentTurnScope scope(this, nullptr);
    active_->actor->on_passivate();
  }
  leave_life();
}

void Activation::stop(const Error& why) {
  if (phase_.stopped()) return;
  const auto steps = phase_.stop();
  context_.turns_stopped.fetch_add(turns_.waiting(), std::memory_order_relaxed);
  end_turns(why);
  refuse_waiting(why);
  end_own_work();
  leave_quarantine(steps);
  go_down(DownReason::stopped, why.message());
  if (active_ && active_->actor) {
    CurrentTurnScope scope(this, nullptr);
    active_->actor->on_passivate();
  }
  if (optional_) optional_->orders.leaving = {};
  close();
  leave_life();
}

wire::AddressPtr Activation::spawn_child(const ServiceInfo& service, std::string_view name,
                                         std::function<std::unique_ptr<Actor>()> make) {
  if (service.durable())
    throw Error(ErrorKind::invalid, std::string("a child actor keeps no durable state, and ") + service.name + " does");
  auto& children = optional_parts().children;
  const std::string key = address_->key + "/" + std::string(name) + "~" +
                          std::to_string(context_.children_made.fetch_add(1, std::memory_order_relaxed) + 1);
  auto child = context_.registry.intern_child(service, key, address_->partition, std::move(make));
  if (!child.ok()) throw child.error();
  children.add(*child);
  return *child;
}

}  // namespace troupe::actor

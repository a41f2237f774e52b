#include "actor/activation.h"

#include <capnp/serialize.h>

#include <algorithm>
#include <cstring>

#include "actor/activation_parts.h"
#include "actor/admission.h"
#include "actor/slow_turns.h"
#include "actor/turn_faults.h"
#include "telemetry/meters.h"
#include "wire/monitor_request.h"

namespace troupe::actor {

Current& current() noexcept {
  static thread_local Current value;
  return value;
}

const Activation*& held_by_blocking() noexcept {
  static thread_local const Activation* held = nullptr;
  return held;
}

Activation::Activation(Context& context, wire::Address& address, std::shared_ptr<Hosted> hosted, Ptr<Visitors> made_for)
    : ScheduledActor(context.engine, Order::by_urgency),
      context_(context),
      address_(&address),
      hosted_(std::move(hosted)),
      made_for_(std::move(made_for)) {
  if (made_for_) made_for_->enter();
  make_room();
}

Activation::~Activation() {
  if (made_for_) made_for_->leave();
}

// --- from a call to a turn ---

void Activation::start(wire::EnvelopePtr call, TimePoint now) {
  if (call->deadline <= now) {
    Error error(ErrorKind::deadline, "the deadline of a call to " + address_->text() + " passed before it started");
    error.may_have_run(false);
    return wire::answer(std::move(call), std::move(error));
  }
  if (sheds(*call, now)) {
    context_.origin.queued.not_served();
    return turn_away(context_, *this, std::move(call), Bound::actor_delay);
  }
  if (!enter_life(call)) return;
  try {
    if (answered_before(call)) return;
  } catch (const Error& e) {  // what was to tell it could not be read
    return wire::answer(std::move(call), e);
  }
  const std::uint16_t method = call->method;
  const TurnKind kind = kind_of(*call);
  auto turn = std::make_unique<Turn>(this, std::move(call), kind, turns_.next_serial(), now);
  Turn& started = *turn;
  run(std::move(turn), [&](wire::Envelope& envelope) {
    if (method == wire::kNoMethod) return run_delivery(started);
    return active_->actor->dispatch(method, envelope.params.read(), envelope.results.build());
  });
}

namespace {

// The coroutine that `work` makes refers to what `work` holds; both live until it ends.
Task<> hold(std::function<Task<>()> work) { co_await work(); }

}  // namespace

void Activation::start_timer_work() {
  auto work = optional_->timers.take_work(context_.clock.exact_now());
  if (!work) return;
  arm_timers();
  auto call = make_counted<wire::Envelope>();
  call->target = wire::AddressPtr::share(address_);
  call->method = wire::kNoMethod;
  call->id = context_.origin.new_id();
  call->deadline = TimePoint::max();
  if (!enter_life(call)) return;
  if (context_.tracer) telemetry::begin_own_work(*context_.tracer, *call);
  if (context_.meters) context_.meters->weigh(*call, context_.clock.now());
  run(std::make_unique<Turn>(this, std::move(call), TurnKind::exclusive, turns_.next_serial(), context_.clock.now()),
      [&](wire::Envelope&) { return hold(std::move(*work)); });
}

template <class MakeTask>
void Activation::run(std::unique_ptr<Turn> turn, MakeTask&& make_task) {
  last_used_.store(context_.sweep.load(std::memory_order_relaxed), std::memory_order_relaxed);
  turns_.take_thread(*turn);
  turns_.begin(*turn);
  if (turn->call()->trace) [[unlikely]]
    begin_span(*turn, turn->cause());
  if (context_.recorder) note_begin(*turn);
  if (context_.tapes && context_.tapes->recordings.load(std::memory_order_relaxed) != 0) [[unlikely]]
    begin_tape(*turn);
  if (context_.meters && turn->call()->weight != 0) (void)turn->begun(context_.origin.ticks);
  if (context_.observer) [[unlikely]]
    tell_begin(*turn);
  std::exception_ptr error;
  try {
    CurrentTurnScope scope(this, turn.get());
    if (context_.faults) context_.faults->reached(TurnMoment::begins, {}, *address_);
    turn->start(make_task(*turn->call()));
  } catch (...) {
    error = std::current_exception();  // thrown before there was a coroutine
  }
  let_go_of_thread(*turn);
  if (!error && !turn->done()) {
    Turn& waiting = *turn;
    turns_.wait(std::move(turn));
    return suspended(waiting);
  }
  if (!error) error = turn->error();
  finish(std::move(turn), error);
}

void Activation::resume(Turn& turn, std::coroutine_handle<> waiter) {
  turns_.take_thread(turn);
  turn.resume(waiter);
  let_go_of_thread(turn);
  if (!turn.done()) return suspended(turn);
  auto owned = turns_.take(turn);
  auto error = owned->error();
  finish(std::move(owned), error);
}

void Activation::let_go_of_thread(Turn& turn) noexcept {
  turns_.leave_thread();
  if (!noted_slow_.load(std::memory_order_relaxed)) return;
  noted_slow_.store(false, std::memory_order_relaxed);
  context_.slow_turns->ended(this, SlowTurns::kRunning);
  turn.reported_slow = true;
}

// A turn has come to a wait. What was given up while it ran ends here.
void Activation::suspended(Turn& turn) {
  if (turn.given_up()) return end_early(turn, Error(ErrorKind::cancelled, "its caller gave it up"));
  arm_deadline(std::min(turn.has_caller() ? turn.call()->deadline : TimePoint::max(), slow_at(turn)));
}

void Activation::end(Turn& turn) noexcept {
  turns_.end(turn);
  if (!turn.sleeps.empty()) optional_->timers.forget_sleeps(turn);
}

namespace {

std::exception_ptr fault_at_end(TurnFaults& faults, const wire::Address& actor) noexcept {
  try {
    faults.reached(TurnMoment::ends, {}, actor);
    return nullptr;
  } catch (...) {
    return std::current_exception();
  }
}

}  // namespace

// How a turn ended decides what becomes of it: committed, rolled back, or a crash.
void Activation::finish(std::unique_ptr<Turn> turn, std::exception_ptr error) {
  end(*turn);
  if (context_.faults && !error) error = fault_at_end(*context_.faults, *address_);
  if (!error) {
    const std::uint64_t serial = turn->serial();
    commit(*turn);
    after_turn(serial);
    return;
  }
  turn->give_up_calls();
  try {
    std::rethrow_exception(error);
  } catch (const Error& e) {
    roll_back(*turn, e, e.kind() == ErrorKind::refused ? TurnOutcome::refused : TurnOutcome::failed);
  } catch (const std::exception& e) {
    crash(turn.get(), e.what());
  } catch (...) {
    crash(turn.get(), "an exception that is no std::exception");
  }
  after_turn(0);
}

void Activation::answered(wire::EnvelopePtr call) {
  auto* turn = static_cast<Turn*>(call->turn);
  if (!turn && wire::watch_of(*call)) return optional_ ? hear(optional_->watches.answered(*call)) : void();
  if (context_.meters) context_.meters->call_ends(*call, address_->metered);
  if (!turn) {  // the turn is gone: nobody hears the answer
    context_.dead_letters.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  telemetry::call_ended(context_.tracer, *call);
  const auto waiter = call->waiter;
  call->answered = true;
  if (turn->tape) turn->tape->answered(*call);
  turn->remove_pending(*call);
  if (waiter) resume(*turn, waiter);
}

// --- the state, as the running turn sees it ---

capnp::AnyPointer::Reader Activation::state_root() const {
  Turn* turn = current().turn;
  if (turn && turn->draft()) return turn->draft()->getRoot<capnp::AnyPointer>().asReader();
  if (turn) turn->looked();
  return active_ ? active_->durable.root() : capnp::AnyPointer::Reader();
}

capnp::AnyPointer::Builder Activation::edit_root() {
  Turn* turn = current().turn;
  if (turn && turn->draft()) return turn->draft()->getRoot<capnp::AnyPointer>();
  claim_edit("edit()");
  auto root = turn->start_draft().getRoot<capnp::AnyPointer>();
  if (!active_->durable.words().empty()) root.set(active_->durable.root());
  return root;
}

std::vector<std::uint64_t> Activation::state_words() {
  std::vector<std::uint64_t> out;
  if (!active_) return out;
  const auto& words = active_->durable.words();
  out.resize(words.size());
  if (!out.empty()) std::memcpy(out.data(), words.data(), out.size() * sizeof(std::uint64_t));
  return out;
}

// --- how it looks ---

bool Activation::busy() const noexcept {
  const bool calls_come_to_run = queue_length() > 0 && !phase_.is(Residence::away);
  return turns_.running() || turns_.waiting() > 0 || calls_come_to_run || (!gate_.settled() && !gate_.failed());
}

std::string Activation::running_method() const {
  const auto method = turns_.running_method();
  if (!method) return {};
  return *method < hosted_->service.method_count ? hosted_->service.methods[*method].name : "(timer)";
}

namespace {

// What a phase is called, whatever else is so; empty: that decides.
const char* word_for(Phase phase, Residence residence, bool live) noexcept {
  if (residence == Residence::away) return "away";
  if (residence != Residence::here) return "stopping";
  switch (phase) {
    case Phase::down: return "stopped";
    case Phase::leaving: return "stopping";
    case Phase::held: return "restarting";
    case Phase::backing_off: return live ? "restarting" : "";
    case Phase::quarantined: return live ? "quarantined" : "";
    case Phase::erasing: return live ? "erasing" : "";
    case Phase::ready: break;
  }
  return "";
}

}  // namespace

ActorView Activation::outside_view() const {
  ActorView view;
  view.status = word_for(phase_.phase(), phase_.residence(), live());
  if (view.status.empty()) {
    view.status = !live() ? "dormant" : turns_.running() ? "running" : turns_.waiting() > 0 ? "waiting" : "idle";
  }
  view.mailbox = queue_length();
  view.queue_delay_ms = static_cast<std::uint32_t>(queue_delay().count());
  view.turns_done = turns_.done();
  view.restarts = restarts_.load(std::memory_order_relaxed);
  view.answered = false;
  return view;
}

ActorView Activation::view() {
  ActorView view = outside_view();
  view.answered = true;
  view.shedding = calls_.standing();
  if (!active_) return view;
  const TimePoint now = context_.clock.now();
  auto ms = [](auto d) { return std::chrono::duration_cast<std::chrono::milliseconds>(d).count(); };
  auto name_of = [](const ServiceInfo& service, std::uint16_t method) -> std::string {
    return method < service.method_count ? service.methods[method].name : "(timer)";
  };
  view.actor = address_->text();
  view.partition = address_->partition;
  view.state_bytes = active_->durable.words().size() * sizeof(capnp::word);
  view.state_version = active_->durable.meta().state_version;
  view.edits = active_->durable.meta().edits;
  view.last_sent = active_->durable.meta().last_sent;
  view.remembered_replies = static_cast<std::uint32_t>(active_->durable.replies().count());
  view.commits_submitted = gate_.submitted();
  view.commits_durable = gate_.last_ended();
  for (const Turn* turn = turns_.first_waiting(); turn; turn = turn->next) {
    view.turns.push_back(
        {turn->what_runs(), turn->call()->id.text(), static_cast<std::uint64_t>(ms(now - turn->since())), true});
    for (const auto* call = turn->first_pending(); call; call = call->pending_next) {
      view.pending_calls.push_back({call->target->text(), name_of(call->target->service, call->method), call->id.text(),
                                    static_cast<std::uint64_t>(ms(now - call->sent)), ms(call->deadline - now)});
    }
  }
  if (!optional_) return view;
  view.last_crash = optional_->last_crash;
  view.monitors = optional_->watches.monitors();
  view.watchers = optional_->watches.watchers();
  for (const auto& child : optional_->children.all()) view.children.push_back(child->text());
  return view;
}

}  // namespace troupe::actor

// The author's side: what a handler may ask of its activation.
#include "troupe/actor.h"

#include <algorithm>

#include "actor/activation.h"
#include "actor/registry.h"
#include "base/check.h"

namespace troupe {
namespace {

constexpr std::uint64_t kNameSeeds[] = {0x6e61'6d65'6463'6131ULL, 0x6e61'6d65'6463'6132ULL};

actor::Turn& running_turn(const char* what) {
  if (auto* turn = actor::current().turn) return *turn;
  throw Error(ErrorKind::invalid, std::string(what) + " outside a turn");
}

// Brings a turn back from a thread that blocked.
class Unblocked final : public actor::Control {
 public:
  Unblocked(std::uint64_t turn, std::coroutine_handle<> waiter) : turn_(turn), waiter_(waiter) {}
  void act(actor::Activation& activation) noexcept override {
    actor::Turn* turn = activation.turns().blocked(turn_);
    const auto waiter = waiter_;
    delete this;
    if (turn) activation.resume(*turn, waiter);
  }
  void discard() noexcept override { delete this; }

 private:
  std::uint64_t turn_;
  std::coroutine_handle<> waiter_;
};

actor::Activation& being_made() {
  TROUPE_CHECK(actor::current().activation != nullptr);  // actors are made by their node, by host<T>()
  return *actor::current().activation;
}

}  // namespace

Actor::Actor() noexcept : activation_(being_made()) {}
Actor::~Actor() = default;

void Actor::migrate(std::uint32_t, capnp::AnyPointer::Reader, capnp::AnyPointer::Builder) {
  throw Error(ErrorKind::unimplemented, std::string("service ") + service().name + " has no migrate()");
}

std::string_view Actor::key() const noexcept { return activation_.address().key; }

void Actor::log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) const noexcept {
  const LogSink& sink = activation_.context().log;
  if (!sink) return;
  try {
    sink({level, service().name, message, {fields.begin(), fields.size()}});
  } catch (...) {  // a log that cannot be written ends no turn
  }
}

const Caller* Actor::caller() const noexcept {
  const actor::Turn* turn = actor::current().turn;
  return turn && turn->call() && turn->call()->caller ? &turn->call()->caller->caller() : nullptr;
}

wire::Address* Actor::intern(const ServiceInfo& service, std::string_view key) const {
  auto address = activation_.context().registry.intern(service, key);
  if (!address.ok()) throw address.error();
  return address->detach();
}

wire::Address* Actor::intern(const ServiceInfo& service) const {
  auto address = activation_.context().registry.intern_alone(service);
  if (!address.ok()) throw address.error();
  return address->detach();
}

RefBase Actor::ref(std::string_view service_name, std::string_view key) const {
  auto address = activation_.context().registry.intern_by_name(service_name, key);
  if (!address.ok()) throw address.error();
  return RefBase(address->detach());
}

std::chrono::system_clock::time_point Actor::now() const {
  const auto wall = static_cast<std::int64_t>(activation_.context().clock.wall_ms());
  return epoch_moment(static_cast<std::uint64_t>(activation_.told_time(actor::ClockRead::now_ms, wall)));
}

std::chrono::milliseconds Actor::node_time() const {
  const auto now = static_cast<std::int64_t>(activation_.context().times.now(activation_.address().partition));
  return std::chrono::milliseconds(activation_.told_time(actor::ClockRead::node_time_ms, now));
}

std::chrono::milliseconds Actor::time_since(std::chrono::milliseconds then) const {
  const auto now = node_time();
  then = std::clamp(then, std::chrono::milliseconds(0), now);
  const actor::Context& context = activation_.context();
  const auto nodes = context.times.to_node(activation_.address().partition, static_cast<std::uint64_t>(then.count()));
  const auto off = context.origin.time.paused_since(nodes);
  const auto since = now - then + std::chrono::milliseconds(off);
  return std::chrono::milliseconds(activation_.told_time(actor::ClockRead::time_since_ms, since.count()));
}

HoldsBack Actor::holds_back() const noexcept {
  const actor::Turn* turn = actor::current().turn;
  if (!turn) return HoldsBack::nothing;
  if (turn->kind() == actor::TurnKind::exclusive) return HoldsBack::turns;
  return turn->draft() || turn->effects() ? HoldsBack::edits : HoldsBack::nothing;
}

Task<> Actor::on_reminder(std::string_view name) {
  throw Error(ErrorKind::unimplemented, activation_.address().text() + " has a reminder \"" + std::string(name) +
                                            "\" and no on_reminder() that knows it");
}

Task<> Actor::on_answer(const Answer& answer) {
  throw Error(ErrorKind::unimplemented, activation_.address().text() + " asked " + std::string(answer.to) +
                                            " for an answer \"" + std::string(answer.tag) +
                                            "\" and has no on_answer() that knows it");
}

Task<> Actor::on_down(const Down& down) {
  throw Error(ErrorKind::unimplemented, activation_.address().text() + " watches " + down.actor +
                                            ", which went down (" + std::string(to_string(down.reason)) +
                                            "), and has no on_down()");
}

std::uint64_t Actor::monitor(const RefBase& who) {
  return activation_.watches().watch(who.address_.get(), false, Ptr<actor::Activation>::share(&activation_));
}
void Actor::demonitor(std::uint64_t monitor) noexcept { activation_.unwatch(monitor); }
void Actor::link(const RefBase& who) {
  activation_.watches().link(who.address_.get(), Ptr<actor::Activation>::share(&activation_));
}
void Actor::unlink(const RefBase& who) noexcept { activation_.unlink_from(who.address_.get()); }
void Actor::trap_links(bool on) { activation_.watches().trap_links(on); }

void Actor::erase_everything() { activation_.claim_edit("erase_everything()").add_effects().erase_everything = true; }

void Actor::stop_self() { activation_.end_after(running_turn("stop_self()"), std::nullopt); }
void Actor::stop_self(std::string_view because) {
  activation_.end_after(running_turn("stop_self()"), std::string(because));
}

wire::Address* Actor::spawn_child(const ServiceInfo& service, std::string_view name,
                                  std::function<std::unique_ptr<Actor>()> make) {
  return activation_.spawn_child(service, name, std::move(make)).detach();
}

void Actor::name_calls(std::string_view name, std::optional<std::chrono::milliseconds> first_used,
                       Milliseconds timeout) {
  actor::Turn& turn = running_turn("name_calls()");
  wire::Envelope& cause = *turn.call();
  if (cause.method != wire::kNoMethod) {
    throw Error(ErrorKind::invalid, "name_calls(\"" + std::string(name) + "\") in a call of " +
                                        activation_.address().text() + ", whose own id names its calls already");
  }
  const std::chrono::milliseconds time = timeout;
  if (time.count() < 0) {
    throw Error(ErrorKind::invalid, "name_calls(\"" + std::string(name) + "\") with a timeout of " +
                                        std::to_string(time.count()) +
                                        " ms; give at least 1 ms, or 0 for the calls' own");
  }
  if (name.empty()) return turn.derive_calls_from({});
  const auto& address = activation_.address();
  const std::uint64_t seed = stable_hash(address.key, address.service_id);
  turn.derive_calls_from({stable_hash(name, seed ^ kNameSeeds[0]), stable_hash(name, mix(seed ^ kNameSeeds[1])) | 1});
  const auto& clock = activation_.context().clock;
  cause.attempt = first_used ? 2 : 1;
  const auto now = node_time();
  const auto first = first_used.value_or(now);
  // A time that has not come yet is no time of this node's: whatever was forgotten may have been younger.
  const auto first_ms = static_cast<std::uint64_t>(std::max<std::int64_t>(first.count(), 1));
  cause.first_sent_ms = first > now ? 1 : activation_.context().times.to_node(address.partition, first_ms);
  cause.deadline = time.count() > 0 ? later(clock.now(), time) : TimePoint::max();
}

void Actor::on_behalf_of(Caller caller) {
  wire::Envelope& cause = *running_turn("on_behalf_of()").call();
  if (cause.method != wire::kNoMethod) {
    throw Error(ErrorKind::invalid,
                "on_behalf_of() in a call of " + activation_.address().text() + ", which says itself who is asking");
  }
  if (auto ok = check_caller(caller); !ok) throw ok.error();
  cause.caller = make_counted<SharedCaller>(std::move(caller));
}

bool Actor::cancelled() const noexcept {
  const auto* turn = actor::current().turn;
  return turn && turn->has_caller() &&
         (turn->call()->settled() || turn->call()->deadline <= activation_.context().clock.now());
}

std::chrono::nanoseconds Actor::time_left() const noexcept {
  const auto* turn = actor::current().turn;
  if (!turn) return std::chrono::nanoseconds::max();
  if (turn->call()->deadline == TimePoint::max()) {
    constexpr std::int64_t kNone = std::chrono::nanoseconds::max().count();
    return std::chrono::nanoseconds(activation_.told_time(actor::ClockRead::time_left_ns, kNone));
  }
  const auto left =
      std::max(turn->call()->deadline - activation_.context().clock.now(), std::chrono::nanoseconds::zero());
  return std::chrono::nanoseconds(activation_.told_time(actor::ClockRead::time_left_ns, left.count()));
}

std::uint64_t Actor::after(Nanoseconds delay, TimerWork work) {
  detail::require("after()", work);
  return activation_.set_timer(delay, std::chrono::nanoseconds(0), std::move(work));
}

std::uint64_t Actor::every(Nanoseconds period, TimerWork work) {
  detail::require("every()", work);
  const std::chrono::nanoseconds time = period;
  if (time.count() <= 0) {
    throw Error(ErrorKind::invalid, "a timer of " + activation_.address().text() + " cannot come every " +
                                        std::to_string(time.count()) + " ns; give at least 1, or use after() for once");
  }
  return activation_.set_timer(time, time, std::move(work));
}

void Actor::cancel_timer(std::uint64_t timer) noexcept { activation_.cancel_timer(timer); }

capnp::AnyPointer::Reader Actor::state_root() const { return activation_.state_root(); }
capnp::AnyPointer::Builder Actor::edit_root() { return activation_.edit_root(); }

namespace detail {

void Sleep::await_suspend(std::coroutine_handle<> waiter) {
  actor_.activation_.sleep(running_turn("sleep_for()"), waiter, time_);
}

void BlockingWork::await_suspend(std::coroutine_handle<> waiter) {
  actor::Turn& turn = running_turn("blocking()");
  auto& activation = actor_.activation_;
  const bool taken = activation.context().engine.run_blocking(
      [activation = Ptr<actor::Activation>::share(&activation), exclusive = turn.kind() == actor::TurnKind::exclusive,
       turn = turn.serial(), waiter, work = std::move(work_), error = error_]() mutable {
        actor::held_by_blocking() = exclusive ? activation.get() : nullptr;
        try {
          work();
        } catch (...) {
          *error = std::current_exception();
        }
        work = nullptr;
        actor::held_by_blocking() = nullptr;
        auto* mail = new Unblocked(turn, waiter);
        if (!activation->post(mail)) mail->discard();
      });
  if (!taken)
    throw Error(ErrorKind::overloaded, "too much blocking() work waits on this node").retry_after(kRetryAfter);
  turn.had_effect();
  activation.turns().block(turn);
}

}  // namespace detail
}  // namespace troupe

// Saga<Base>: a durable workflow, written as a coroutine. `Base` is any generated class of a durable actor.
//
//   class Delivery final : public saga::Saga<shop::DeliveryActor> {
//     saga::Flow<> run() override {
//       auto reserve = step("reserve", [this] { return take(2); });
//       reserve.compensate([this] { return give_back(2); });
//       co_await reserve;
//       co_await step("charge", [this] { return charge(); }).deadline(5s);
//       co_await sleep(2h);
//       co_await step("ship", [this] { edit().setShipped(true); });
//     }
//   };
//
// A step is a commit: its outcome, what its body changed in this actor, the messages it sent. After a crash the flow is
// begun anew and given what the journal knows; a step that had not come to its commit is run again, and its calls carry
// the ids they had, so that nothing takes effect twice. What it promises in full, and what a flow must not do, is in
// README.md. All members are for the actor's own turns.
#pragma once

#include <saga/saga.capnp.h>

#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "saga/flow.h"
#include "saga/orchestrator.h"
#include "saga/step.h"

namespace troupe::saga {

// The reminder that wakes a saga. A Base with reminders of its own passes this one on to Saga::on_reminder().
inline constexpr std::string_view kReminder = "saga";

// A schema's methods may have the names of these, an order's `cancel` say: who overrides it calls Saga::cancel().
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverloaded-virtual"
template <class Base>
class Saga : public Base, private Stage {
  static_assert(troupe::detail::ActorClass<Base>,
                "a saga derives from the class that is generated for its service, as in Saga<shop::OrderActor>");

 public:
  Saga() : orchestrator_(static_cast<Stage&>(*this)) {}

 protected:
  // The workflow. Between its steps it decides by the state, and by what steps and signals brought: not by the clock,
  // by chance, or by anything that is not the same when it runs again. What state() gave is gone after a co_await: copy
  // it. Returns: the saga is done. Throws an Error: what was done is undone, in reverse, and the saga has failed.
  virtual Flow<> run() = 0;
  // Whether it may be started, as the state is.
  [[nodiscard]] bool may_begin() const override { return true; }
  // Part of the turn that commits the change, the start among them; may edit. `why`: what it failed with, or why it is
  // stuck, or null.
  virtual void on_phase(Phase now, const Error* why) {
    (void)now;
    (void)why;
  }
  // A saga whose node was killed is awake again so long after it restarts, at the latest.
  [[nodiscard]] std::chrono::milliseconds wake_within() const override { return std::chrono::seconds(30); }

  // --- for run(): what it may co_await ---

  // `body` makes calls, edits, sends messages: once, whatever dies meanwhile. It returns Task<> or nothing, and takes a
  // `Result::Builder` if there is a Result, a Cap'n Proto struct; then the co_await gives a Value<Result>. It throws
  // what the step fails with. Give a step one effect: what a body did before it throws is not undone.
  template <class Result = void, class F>
  auto step(std::string name, F&& body) {
    return Step<Result, detail::kPlain<F>>(orchestrator_, std::move(name), std::forward<F>(body));
  }
  // Ends, for better or worse, when all have; throws what the first of them failed with, in this order. Their bodies
  // run in one turn, side by side: they make their calls before they wait for any.
  template <class... Steps>
  AllSteps all(Steps&... steps) {
    AllSteps all(orchestrator_);
    (all.add(steps), ...);
    return all;
  }
  template <class Result, bool Plain>
  AllSteps all(std::vector<Step<Result, Plain>>& steps) {
    AllSteps all(orchestrator_);
    for (auto& step : steps) all.add(step);
    return all;
  }
  // Durable: counted from the end of what came before, whatever dies meanwhile.
  Sleeping sleep(Milliseconds time) { return Sleeping(orchestrator_, time); }
  // What raise() of that name brings, or has brought: a Value<Payload>, or nothing.
  template <class Payload = void>
  Signal<Payload> signal(std::string name) {
    return Signal<Payload>(orchestrator_, std::move(name));
  }

  // --- for methods: each is part of the turn that calls it, durable with it, and may be repeated. True: it changed
  // something. Methods that call them, and nothing that waits while it edits, are best `reentrant`: then they need not
  // wait for the step that runs. ---

  // Starts run(), unless it ever was started.
  bool start() { return orchestrator_.start(); }
  // The same, also after it ended: another run, with a journal of its own.
  bool start_anew() { return orchestrator_.start_anew(); }
  // What was done is undone. A step that runs, or may have run, comes to its end first.
  bool cancel() { return orchestrator_.cancel(); }
  // It stops where it is; nothing is undone.
  bool kill() { return orchestrator_.kill(); }
  // A stuck saga goes on where it was.
  bool go_on() { return orchestrator_.go_on(); }
  // The same, after somebody found out whether the step (or compensation) that it is stuck at took effect.
  bool decide(bool took_effect) { return orchestrator_.decide(took_effect); }
  // The first signal of a name counts, until a wait takes it.
  bool raise(std::string_view name) { return orchestrator_.raise(name, {}); }
  template <class Payload>
  bool raise(std::string_view name, typename Payload::Reader payload) {
    capnp::MallocMessageBuilder message;
    message.setRoot(payload);
    return orchestrator_.raise(name, message.getRoot<capnp::AnyPointer>().asReader());
  }

  // --- what it tells; in readOnly methods too ---
  [[nodiscard]] Phase phase() { return orchestrator_.phase(); }
  // What it failed with.
  [[nodiscard]] std::optional<Error> failure() { return orchestrator_.failure(); }
  void tell(SagaStatus::Builder out) { orchestrator_.tell(out); }
  // For reentrant methods: start it if it never was and may_begin(), and wait until it has ended or is stuck, or only
  // until it is decided that it will be done, or undone. A turn that has edited, or holds back the actor's other
  // turns (a step's body does), would wait for itself: `invalid`, unless there is nothing to wait for.
  [[nodiscard]] Task<> to_its_end() { return orchestrator_.wait_for_it(Orchestrator::Until::at_rest); }
  [[nodiscard]] Task<> to_its_decision() { return orchestrator_.wait_for_it(Orchestrator::Until::decided); }

  // Whoever overrides these calls them too.
  void on_activate() override {
    Base::on_activate();
    orchestrator_.activated();
  }
  Task<> on_reminder(std::string_view name) override {
    if (name != kReminder) return Base::on_reminder(name);
    orchestrator_.reminded();
    return nothing();
  }

 private:
  static Task<> nothing() { co_return; }

  Actor& actor() final { return *this; }
  std::string_view own_key() const final { return this->key(); }
  std::chrono::system_clock::time_point wall() const final { return this->now(); }
  std::chrono::milliseconds node_time() const final { return Base::node_time(); }
  std::chrono::milliseconds time_since(std::chrono::milliseconds then) const final { return Base::time_since(then); }
  HoldsBack holds_back() const noexcept final { return Base::holds_back(); }
  Flow<> begin_flow() final { return run(); }
  std::uint64_t set_timer(std::chrono::milliseconds delay, std::function<Task<>()> work) final {
    return this->after(delay, std::move(work));
  }
  void end_timer(std::uint64_t timer) noexcept final { this->cancel_timer(timer); }
  void set_reminder(std::chrono::milliseconds delay) final { this->remind_in(kReminder, delay); }
  void drop_reminder() final { this->cancel_reminder(kReminder); }
  void name_calls(std::string_view name, std::optional<std::chrono::milliseconds> first_used,
                  std::chrono::milliseconds timeout) final {
    Base::name_calls(name, first_used, timeout);
  }
  const Caller* who_asks() const noexcept final { return Base::caller(); }
  void act_for(const Caller& caller) final { Base::on_behalf_of(caller); }
  void phase_changed(Phase now, const Error* why) final { on_phase(now, why); }
  troupe::detail::Sleep pause(std::chrono::milliseconds time) final { return this->sleep_for(time); }

  Orchestrator orchestrator_;
};
#pragma GCC diagnostic pop

}  // namespace troupe::saga

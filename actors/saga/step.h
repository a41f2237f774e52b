// What a saga's flow waits for: steps, sleeps, signals, and several steps at once. Made by the member functions of
// Saga; awaited once.
//
// A step's body runs as part of a turn of its own. Its outcome is in the journal with the same commit as what the body
// changed in its own actor and the messages it sent; the calls it makes carry the same ids however often it runs.
#pragma once

#include <troupe/actor.h>
#include <troupe/misuse.h>

#include <chrono>
#include <coroutine>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace troupe::saga {

class Orchestrator;

// How a step is tried again. What ends with an answer (refused, invalid, not_found, denied ...) is not.
struct Retry {
  std::uint32_t attempts = 0;  // at most; 0: until the step's deadline, or without end
  // Between attempts; doubles up to `max_backoff`, and varies by a quarter so that many sagas do not come back
  // together.
  std::chrono::milliseconds backoff{50};
  std::chrono::milliseconds max_backoff{10'000};
  // So many crashes in a row, of the body or of whom it calls, while the step may have taken effect, and the saga is
  // stuck: it cannot find out by itself. Past `attempts` and deadline too. 0: it asks without end.
  std::uint32_t crashes = 10;
};

namespace detail {

enum class Kind : std::uint8_t { step, sleep, signal };
using Body = std::function<Task<>(capnp::AnyPointer::Builder)>;
using Undo = std::function<Task<>()>;

// One thing that is waited for, and how far it has come. The saga's own turns only.
struct Branch {
  std::string name;
  Kind kind = Kind::step;
  Body body;
  bool brings = false;  // the body fills in a result
  Undo undo;
  Retry retry{};
  std::optional<std::chrono::milliseconds> deadline;  // a sleep's length
  bool repeatable = false;

  // --- the orchestrator's notes ---
  std::uint32_t position = 0;
  std::uint32_t attempts = 0;
  std::uint32_t unknowns = 0;      // answers `unknown_outcome`, one after the other
  std::uint32_t anew = 0;          // how often it was asked anew since the activation began
  std::uint32_t crashes = 0;       // while in doubt, one after the other
  bool may_have_begun = false;     // before this activation
  bool in_doubt = false;           // an attempt may have taken effect
  std::uint64_t first_try_ms = 0;  // by the node's time, both
  std::uint64_t next_try_ms = 0;
  std::optional<Error> last_error;

  // --- how it ended ---
  bool settled = false;
  std::optional<Error> failure;
  std::shared_ptr<const void> keeps;  // what `result` reads from
  capnp::AnyPointer::Reader result;
};

// Waits for one branch or several.
class Waiter {
 public:
  Waiter(Orchestrator& orchestrator, std::vector<Branch*> branches)
      : orchestrator_(&orchestrator), branches_(std::move(branches)) {}
  bool await_ready();
  void await_suspend(std::coroutine_handle<> waiting);

 protected:
  [[nodiscard]] Branch& first() const { return *branches_.front(); }
  void rethrow() const {
    for (const Branch* branch : branches_)
      if (branch->failure) throw *branch->failure;
  }

 private:
  Orchestrator* orchestrator_;
  std::vector<Branch*> branches_;
};

template <class F>
inline constexpr bool kPlain = std::is_lvalue_reference_v<F> || std::is_trivially_copyable_v<std::decay_t<F>>;

// Any body as the one form that is kept: Task<> or void, with a result to fill in or without.
template <class Result, class F>
Body body_of(F&& f) {
  if constexpr (std::is_void_v<Result>) {
    if constexpr (std::is_void_v<std::invoke_result_t<F&>>) {
      return [f = std::decay_t<F>(std::forward<F>(f))](capnp::AnyPointer::Builder) mutable -> Task<> {
        f();
        co_return;
      };
    } else {
      return [f = std::decay_t<F>(std::forward<F>(f))](capnp::AnyPointer::Builder) mutable -> Task<> { return f(); };
    }
  } else {
    if constexpr (std::is_void_v<std::invoke_result_t<F&, typename Result::Builder>>) {
      return [f = std::decay_t<F>(std::forward<F>(f))](capnp::AnyPointer::Builder out) mutable -> Task<> {
        f(out.initAs<Result>());
        co_return;
      };
    } else {
      return [f = std::decay_t<F>(std::forward<F>(f))](capnp::AnyPointer::Builder out) mutable -> Task<> {
        return f(out.initAs<Result>());
      };
    }
  }
}

template <class F>
Undo undo_of(F&& f) {
  if constexpr (std::is_void_v<std::invoke_result_t<std::decay_t<F>&>>) {
    return [f = std::decay_t<F>(std::forward<F>(f))]() mutable -> Task<> {
      f();
      co_return;
    };
  } else {
    return std::forward<F>(f);
  }
}

}  // namespace detail

// What a step or a signal brought: `receipt->getCents()`. Keeps what it reads from.
template <class T>
class Value {
 public:
  Value(std::shared_ptr<const void> keeps, capnp::AnyPointer::Reader root)
      : keeps_(std::move(keeps)), reader_(root.getAs<T>()) {}
  [[nodiscard]] const typename T::Reader& operator*() const& noexcept { return reader_; }
  [[nodiscard]] const typename T::Reader* operator->() const& noexcept { return &reader_; }
  [[nodiscard]] const typename T::Reader& operator*() const&& noexcept {
    TROUPE_CHECK_READ_FROM_TEMPORARY(troupe::detail::kNever<T>);
    return reader_;
  }
  [[nodiscard]] const typename T::Reader* operator->() const&& noexcept {
    TROUPE_CHECK_READ_FROM_TEMPORARY(troupe::detail::kOnlyValues<T>);
    return &reader_;
  }

 private:
  std::shared_ptr<const void> keeps_;
  typename T::Reader reader_;
};

namespace detail {

template <class Result>
struct WaiterFor : Waiter {
  using Waiter::Waiter;
  auto await_resume() const {
    rethrow();
    if constexpr (!std::is_void_v<Result>) return Value<Result>(first().keeps, first().result);
  }
};

}  // namespace detail

// `Plain`: its functions may be written inside a co_await; g++ 12 copies lambdas there bit by bit.
template <class Result = void, bool Plain = true>
class [[nodiscard]] Step {
 public:
  template <class F>
  Step(Orchestrator& orchestrator, std::string name, F&& body) : orchestrator_(&orchestrator) {
    branch_.name = std::move(name);
    branch_.body = detail::body_of<Result>(std::forward<F>(body));
    branch_.brings = !std::is_void_v<Result>;
  }
  Step(Step&&) = default;
  Step& operator=(Step&&) = default;
  // So that plain and other steps fit into one vector.
  Step(Step<Result, true>&& plain)  // NOLINT: implicit on purpose
      requires(!Plain)
      : orchestrator_(plain.orchestrator_), branch_(std::move(plain.branch_)) {}

  // Undoes the step when the saga fails or is cancelled later: run after everything that was done after it has been
  // undone, without end until it succeeds. Returns Task<> or nothing, as a body does, and must own what it uses: the
  // flow is gone by then.
  template <class F>
  auto compensate(F&& undo) && {
    branch_.undo = detail::undo_of(std::forward<F>(undo));
    return Step < Result, Plain && detail::kPlain < F >> (orchestrator_, std::move(branch_));
  }
  template <class F>
  Step& compensate(F&& undo) & {
    branch_.undo = detail::undo_of(std::forward<F>(undo));
    return *this;
  }
  // Throws `invalid` for a backoff that is negative, which fails the saga.
  Step&& retry(Retry retry) && { return std::move(this->retry(retry)); }
  Step& retry(Retry retry) & {
    if (retry.backoff.count() < 0 || retry.max_backoff.count() < 0)
      throw Error(ErrorKind::invalid, "step \"" + branch_.name + "\": a backoff must not be negative");
    branch_.retry = retry;
    return *this;
  }
  // Counted from the end of what came before it. Past it no attempt is started, unless an earlier one may have taken
  // effect: then the step is asked again under the same ids until that is known.
  Step&& deadline(Milliseconds time) && { return std::move(deadline(time)); }
  Step& deadline(Milliseconds time) & {
    branch_.deadline = time;
    return *this;
  }

  // Whom the step and its compensation ask knows what was done by more than the call's id, an order's number say: done
  // twice it is done once. When it has forgotten its answer, it is asked anew under another id, with the backoff of
  // retry(), and the saga is not stuck.
  Step&& repeatable() && { return std::move(repeatable()); }
  Step& repeatable() & {
    branch_.repeatable = true;
    return *this;
  }

  auto waiter() & { return detail::WaiterFor<Result>(*orchestrator_, {&branch_}); }
  auto waiter() && {
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
    static_assert(
        Plain,
        "g++ 12 copies a lambda written inside a co_await bit by bit, which breaks what it holds; give the step "
        "a name: auto reserve = step(...).compensate(...); co_await reserve;");
#endif
    return detail::WaiterFor<Result>(*orchestrator_, {&branch_});
  }
  // After all(): what it brought.
  [[nodiscard]] auto value() const {
    static_assert(!std::is_void_v<Result>, "this step brings nothing");
    return Value<Result>(branch_.keeps, branch_.result);
  }

 private:
  template <class, bool>
  friend class Step;
  friend class AllSteps;
  Step(Orchestrator* orchestrator, detail::Branch branch) : orchestrator_(orchestrator), branch_(std::move(branch)) {}
  Orchestrator* orchestrator_;
  detail::Branch branch_;
};

// Several steps side by side; see Saga::all().
class [[nodiscard]] AllSteps {
 public:
  explicit AllSteps(Orchestrator& orchestrator) : orchestrator_(&orchestrator) {}
  template <class Result, bool Plain>
  void add(Step<Result, Plain>& step) {
    branches_.push_back(&step.branch_);
  }
  auto waiter() { return detail::WaiterFor<void>(*orchestrator_, branches_); }

 private:
  Orchestrator* orchestrator_;
  std::vector<detail::Branch*> branches_;
};

class [[nodiscard]] Sleeping {
 public:
  Sleeping(Orchestrator& orchestrator, std::chrono::milliseconds time) : orchestrator_(&orchestrator) {
    branch_.name = "sleep";
    branch_.kind = detail::Kind::sleep;
    branch_.deadline = time;
  }
  auto waiter() { return detail::WaiterFor<void>(*orchestrator_, {&branch_}); }

 private:
  Orchestrator* orchestrator_;
  detail::Branch branch_;
};

template <class Payload>
class [[nodiscard]] Signal {
 public:
  Signal(Orchestrator& orchestrator, std::string name) : orchestrator_(&orchestrator) {
    branch_.name = std::move(name);
    branch_.kind = detail::Kind::signal;
  }
  // Counted from the end of what came before; past it the wait ends with `deadline`.
  Signal&& within(Milliseconds time) && { return std::move(within(time)); }
  Signal& within(Milliseconds time) & {
    branch_.deadline = time;
    return *this;
  }
  auto waiter() { return detail::WaiterFor<Payload>(*orchestrator_, {&branch_}); }

 private:
  Orchestrator* orchestrator_;
  detail::Branch branch_;
};

}  // namespace troupe::saga

// A call in flight, as its caller sees it.
//
// Inside a handler: `co_await ref.reserve(...)` gives a Reply or throws; `co_await ref.reserve(...).result()`
// gives a Result. Outside actors: `get(timeout)` blocks, `then(callback)` calls back, `future()` promises.
// A call is under way from the moment it is made: make several, then await them, and they run side by side.
#pragma once

#include <capnp/any.h>

#include <chrono>
#include <coroutine>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "troupe/duration.h"
#include "troupe/error.h"
#include "troupe/misuse.h"

namespace troupe {

template <class T>
class Ptr;
namespace wire {
class Envelope;
}

namespace detail {

// Whether there is nothing to call.
template <class F>
[[nodiscard]] constexpr bool is_empty(const F&) noexcept {
  return false;
}
template <class Signature>
[[nodiscard]] bool is_empty(const std::function<Signature>& call) noexcept {
  return !call;
}
template <class R, class... Arguments>
[[nodiscard]] constexpr bool is_empty(R (*const& call)(Arguments...)) noexcept {
  return call == nullptr;
}
// Throws `invalid` that says which function was given nothing to call.
template <class F>
void require(const char* whose, const F& call) {
  if (is_empty(call)) throw Error(ErrorKind::invalid, std::string(whose) + " was given an empty function");
}

// Owns one reference to a call, or none: it was moved from. The functions are the caller's side of the runtime; they
// throw `invalid` when there is no call, or when somebody waits for it already.
class CallHandle {
 public:
  CallHandle() = default;
  explicit CallHandle(wire::Envelope* adopted) noexcept : envelope_(adopted) {}
  CallHandle(CallHandle&& o) noexcept : envelope_(std::exchange(o.envelope_, nullptr)) {}
  CallHandle& operator=(CallHandle&& o) noexcept {
    std::swap(envelope_, o.envelope_);
    return *this;
  }
  ~CallHandle();
  [[nodiscard]] CallHandle share() const noexcept;
  [[nodiscard]] Ptr<wire::Envelope> envelope() const;

  // Until it is sent.
  [[nodiscard]] capnp::AnyPointer::Builder params() const;
  [[nodiscard]] capnp::AnyPointer::Reader results() const;
  // The error the call ended with, or null. Only when it has ended.
  [[nodiscard]] const Error* error() const;

  // --- inside a turn ---
  [[nodiscard]] bool answered() const noexcept;
  // Has `waiter` resumed on this turn when the call ends. Throws `invalid` outside the turn that made it.
  void await(std::coroutine_handle<> waiter) const;

  // --- outside actors ---
  // Blocks until the call ends; past `timeout` it ends with `deadline`. Throws `invalid` inside a handler.
  void wait(std::chrono::nanoseconds timeout) const;
  // Calls back once when the call ends: on the calling thread if it has, else on a thread of the runtime.
  void on_end(std::function<void()> callback) const;

  // A reply that nobody gave, and where it is filled in.
  [[nodiscard]] static CallHandle made_up();
  [[nodiscard]] capnp::AnyPointer::Builder made_up_results() const;

  // --- both ---
  // Ends the call with `cancelled`, unless it has ended. One that a turn made: in that turn, elsewhere nothing happens.
  void cancel() const;
  // It goes on when the turn that made it fails.
  void forget() const noexcept;

 private:
  [[nodiscard]] wire::Envelope& held() const;
  wire::Envelope* envelope_ = nullptr;
};

}  // namespace detail

// What came back; `reply->getOnHand()`. Keeps the message alive that it reads from, so texts, lists and structs are
// read from a reply that has a name. Movable, any thread.
template <class Results>
class Reply {
 public:
  using Reader = typename Results::Reader;
  explicit Reply(detail::CallHandle call) : call_(std::move(call)), reader_(call_.results().getAs<Results>()) {}
  [[nodiscard]] const Reader& operator*() const& noexcept { return reader_; }
  [[nodiscard]] const Reader* operator->() const& noexcept { return &reader_; }
  [[nodiscard]] const Reader& operator*() const&& noexcept {
    TROUPE_CHECK_READ_FROM_TEMPORARY(detail::kNever<Results>);
    return reader_;
  }
  [[nodiscard]] const Reader* operator->() const&& noexcept {
    TROUPE_CHECK_READ_FROM_TEMPORARY(detail::kOnlyValues<Results>);
    return &reader_;
  }

 private:
  detail::CallHandle call_;
  Reader reader_;
};

// Gives a call up whose Call went into get(), then() or future(). A cheap value; any thread, where the call was made
// outside actors.
class Canceller {
 public:
  explicit Canceller(detail::CallHandle call) noexcept
      : call_(std::make_shared<const detail::CallHandle>(std::move(call))) {}
  // As Call::cancel().
  void cancel() const { call_->cancel(); }

 private:
  std::shared_ptr<const detail::CallHandle> call_;
};

namespace detail {

// What a handler waits for.
struct AwaitedCall {
  CallHandle handle;
  bool await_ready() const noexcept { return handle.answered(); }
  void await_suspend(std::coroutine_handle<> waiter) const { handle.await(waiter); }
};

}  // namespace detail

// A call with something to fall back on: Call::or_else() makes it. It is waited for once, in one of these two ways.
template <class Results, class Fallback>
class [[nodiscard]] CallOrElse {
 public:
  CallOrElse(detail::CallHandle handle, Fallback fallback)
      : handle_(std::move(handle)), fallback_(std::move(fallback)) {}

  // In a handler.
  auto operator co_await() && {
    struct Awaiter : detail::AwaitedCall {
      Fallback fallback;
      Reply<Results> await_resume() { return reply_or(std::move(this->handle), fallback); }
    };
    return Awaiter{{std::move(handle_)}, std::move(fallback_)};
  }
  // Outside actors, as Call::get().
  Reply<Results> get(Nanoseconds timeout = std::chrono::seconds(10)) && {
    handle_.wait(timeout);
    return reply_or(std::move(handle_), fallback_);
  }

 private:
  static Reply<Results> reply_or(detail::CallHandle handle, Fallback& fallback) {
    const Error* error = handle.error();
    if (!error) return Reply<Results>(std::move(handle));
    auto instead = detail::CallHandle::made_up();
    fallback(*error, instead.made_up_results().template initAs<Results>());
    return Reply<Results>(std::move(instead));
  }

  detail::CallHandle handle_;
  Fallback fallback_;
};

// It is waited for once, in one of these ways, and then gone: a second wait throws `invalid`, and so does one for a
// Call that was moved from.
template <class Results>
class [[nodiscard]] Call {
 public:
  explicit Call(detail::CallHandle handle) noexcept : handle_(std::move(handle)) {}

  // In a handler. Throws the Error the call ended with.
  auto operator co_await() && noexcept {
    struct Awaiter : detail::AwaitedCall {
      Reply<Results> await_resume() { return take(std::move(this->handle)); }
    };
    return Awaiter{{std::move(handle_)}};
  }
  // In a handler: the same without exceptions.
  auto result() && noexcept {
    struct Awaiter : detail::AwaitedCall {
      Result<Reply<Results>> await_resume() { return take_result(std::move(this->handle)); }
    };
    return Awaiter{{std::move(handle_)}};
  }

  // In a handler and outside actors: a call that ends with an error has the reply that `fallback(const Error&,
  // Results::Builder)` fills in, as in
  //   auto level = co_await stock.level().or_else([](const Error&, auto reply) { reply.setOnHand(0); });
  // It is given every error, refusals too, and throws those that it does not stand in for (`throw error;`); what it
  // throws, the wait throws. Throws `invalid` for an empty one.
  template <class F>
  CallOrElse<Results, std::decay_t<F>> or_else(F&& fallback) && {
    detail::require("or_else()", fallback);
    return {std::move(handle_), std::forward<F>(fallback)};
  }

  // Outside actors. Blocks; throws the Error the call ended with.
  Reply<Results> get(Nanoseconds timeout = std::chrono::seconds(10)) && {
    handle_.wait(timeout);
    return take(std::move(handle_));
  }
  // Outside actors. `callback(Result<Reply<Results>>)` runs once, on a thread of the runtime: it must not block. What
  // it throws is a line of the node's log. Throws `invalid` for an empty one.
  template <class F>
  void then(F&& callback) && {
    detail::require("then()", callback);
    // The callback owns the call, and the call its callback, until the call ends.
    auto held =
        std::make_shared<std::pair<detail::CallHandle, std::decay_t<F>>>(std::move(handle_), std::forward<F>(callback));
    held->first.on_end([held] { held->second(take_result(std::move(held->first))); });
  }
  // Outside actors.
  std::future<Reply<Results>> future() && {
    auto promise = std::make_shared<std::promise<Reply<Results>>>();
    auto out = promise->get_future();
    std::move(*this).then([promise](Result<Reply<Results>> result) {
      if (result.ok()) {
        promise->set_value(std::move(result).value());
      } else {
        promise->set_exception(std::make_exception_ptr(result.error()));
      }
    });
    return out;
  }
  // Lets the call run with nobody waiting for its answer, also when the turn that made it fails.
  void forget() && noexcept { handle_.forget(); }

  // The same of a call that has a name do not compile, and say why.
  auto operator co_await() & noexcept { return named().operator co_await(); }
  auto result() & noexcept { return named().result(); }
  Reply<Results> get(std::chrono::nanoseconds = {}) & { return named().get(); }
  template <class F>
  void then(F&& callback) & {
    named().then(std::forward<F>(callback));
  }
  std::future<Reply<Results>> future() & { return named().future(); }
  void forget() & noexcept { named().forget(); }
  template <class F>
  CallOrElse<Results, std::decay_t<F>> or_else(F&& fallback) & {
    return named().or_else(std::forward<F>(fallback));
  }

  // Gives the call up: it ends at once with `cancelled`; if it has not started it does not, and a turn of its callee's
  // ends at its next wait and keeps nothing, and so do the calls below it. Nothing if it has ended. Outside actors any
  // thread; in a handler in the turn that made it. Dropping a Call cancels nothing.
  void cancel() const { handle_.cancel(); }
  // The same later, from somewhere else.
  [[nodiscard]] Canceller canceller() const { return Canceller(handle_.share()); }

 private:
  Call&& named() {
    static_assert(detail::kNever<Results>,
                  "a call is waited for once, and gone then: write std::move(call).get(), co_await std::move(call)");
    return std::move(*this);
  }
  static Reply<Results> take(detail::CallHandle handle) {
    if (const Error* e = handle.error()) throw *e;
    return Reply<Results>(std::move(handle));
  }
  static Result<Reply<Results>> take_result(detail::CallHandle handle) {
    if (const Error* e = handle.error()) return *e;
    return Reply<Results>(std::move(handle));
  }
  detail::CallHandle handle_;
};

}  // namespace troupe

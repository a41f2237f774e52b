// Flow<T>: what a saga's run() is. An ordinary coroutine that lives between the turns of its actor and waits for
// durable things alone: steps, sleeps, signals, and other flows. Whatever else it awaits does not compile; calls belong
// in steps.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include <troupe/task.h>

namespace troupe::saga {

template <class T = void>
class Flow;

namespace detail {

// What a flow may wait for offers `waiter()`; see step.h.
template <class A>
concept Durable = requires(A&& a) {
  std::forward<A>(a).waiter();
};

template <class A>
inline constexpr bool kIsFlow = false;
template <class T>
inline constexpr bool kIsFlow<Flow<T>> = true;

struct FlowPromiseBase : troupe::detail::ResumedPromise {
  template <class A>
  decltype(auto) await_transform(A&& a) {
    if constexpr (kIsFlow<std::remove_cvref_t<A>>) {
      return std::forward<A>(a).waiter();
    } else {
      static_assert(Durable<A>,
                    "a saga's flow waits for step(), all(), sleep(), signal() and flows only: put calls and "
                    "whatever else takes time into a step");
      return std::forward<A>(a).waiter();
    }
  }
};

template <class T>
struct FlowPromise : FlowPromiseBase {
  Flow<T> get_return_object() noexcept;
  template <class U>
  void return_value(U&& v) {
    value.emplace(std::forward<U>(v));
  }
  T take() {
    if (error) std::rethrow_exception(error);
    if (!value) throw Error(ErrorKind::invalid, "a Flow was awaited twice, or came to its end without co_return");
    T taken = std::move(*value);
    value.reset();
    return taken;
  }
  std::optional<T> value;
};

template <>
struct FlowPromise<void> : FlowPromiseBase {
  Flow<void> get_return_object() noexcept;
  void return_void() const noexcept {}
  void take() const {
    if (error) std::rethrow_exception(error);
  }
};

}  // namespace detail

template <class T>
class [[nodiscard]] Flow {
 public:
  using promise_type = detail::FlowPromise<T>;

  Flow() = default;
  explicit Flow(std::coroutine_handle<promise_type> handle) noexcept : handle_(handle) {}
  Flow(Flow&& o) noexcept : handle_(std::exchange(o.handle_, {})) {}
  Flow& operator=(Flow&& o) noexcept {
    std::swap(handle_, o.handle_);
    return *this;
  }
  ~Flow() {
    if (handle_) handle_.destroy();
  }

  // For the saga that runs it: until the first wait. Not of an empty one.
  void start() { troupe::detail::ResumeLoop::run(handle_); }
  [[nodiscard]] bool done() const noexcept { return handle_ && handle_.done(); }
  [[nodiscard]] std::exception_ptr error() const noexcept { return handle_.promise().error; }
  explicit operator bool() const noexcept { return static_cast<bool>(handle_); }

  auto waiter() && noexcept { return troupe::detail::ResumedAwaiter<promise_type>{handle_}; }

 private:
  std::coroutine_handle<promise_type> handle_;
};

namespace detail {

template <class T>
Flow<T> FlowPromise<T>::get_return_object() noexcept {
  return Flow<T>(std::coroutine_handle<FlowPromise<T>>::from_promise(*this));
}
inline Flow<void> FlowPromise<void>::get_return_object() noexcept {
  return Flow<void>(std::coroutine_handle<FlowPromise<void>>::from_promise(*this));
}

}  // namespace detail
}  // namespace troupe::saga

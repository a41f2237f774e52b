// Task<T>: what a handler is. A coroutine that starts when it is awaited (a handler: when its turn starts),
// and resumes whoever awaits it. On one actor's turn only; destroying it destroys everything it waits for.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

#include "troupe/resume_loop.h"

namespace troupe {

template <class T = void>
class Task;

namespace detail {

template <class T>
struct TaskPromise : ResumedPromise {
  Task<T> get_return_object() noexcept;
  template <class U>
  void return_value(U&& v) {
    value.emplace(std::forward<U>(v));
  }
  T take() {
    if (error) std::rethrow_exception(error);
    if (!value) throw Error(ErrorKind::invalid, "a Task was awaited twice, or came to its end without co_return");
    T taken = std::move(*value);
    value.reset();
    return taken;
  }
  std::optional<T> value;
};

template <>
struct TaskPromise<void> : ResumedPromise {
  Task<void> get_return_object() noexcept;
  void return_void() const noexcept {}
  void take() const {
    if (error) std::rethrow_exception(error);
  }
};

}  // namespace detail

template <class T>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::TaskPromise<T>;

  Task() = default;
  explicit Task(std::coroutine_handle<promise_type> handle) noexcept : handle_(handle) {}
  Task(Task&& o) noexcept : handle_(std::exchange(o.handle_, {})) {}
  Task& operator=(Task&& o) noexcept {
    std::swap(handle_, o.handle_);
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  // For the runtime: runs until the first wait. Throws `invalid` when there is nothing to run.
  void start() {
    if (!handle_) throw Error(ErrorKind::invalid, "an empty Task was returned: it was moved from, or made by {}");
    detail::ResumeLoop::run(handle_);
  }
  [[nodiscard]] bool done() const noexcept { return !handle_ || handle_.done(); }
  // The exception that ended it, or null. Only when done().
  [[nodiscard]] std::exception_ptr error() const noexcept {
    return handle_ ? handle_.promise().error : std::exception_ptr{};
  }

  auto operator co_await() && noexcept { return detail::ResumedAwaiter<promise_type>{handle_}; }

 private:
  std::coroutine_handle<promise_type> handle_;
};

namespace detail {

template <class T>
Task<T> TaskPromise<T>::get_return_object() noexcept {
  return Task<T>(std::coroutine_handle<TaskPromise<T>>::from_promise(*this));
}
inline Task<void> TaskPromise<void>::get_return_object() noexcept {
  return Task<void>(std::coroutine_handle<TaskPromise<void>>::from_promise(*this));
}

}  // namespace detail
}  // namespace troupe

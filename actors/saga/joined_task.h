// Bodies of several steps that run side by side in one turn, and the wait for all of them.
#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <utility>

#include <troupe/resume_loop.h>

namespace troupe::saga::detail {

struct Join {
  std::size_t left;
  std::coroutine_handle<> waiting;
};

// A body that runs beside others of its turn. It has ended when it is destroyed, or its turn is gone.
class JoinedTask {
 public:
  struct promise_type {
    template <class... Rest>
    explicit promise_type(Join& joined, Rest&&...) : join(joined) {}
    struct Final {
      bool await_ready() const noexcept { return false; }
      void await_suspend(std::coroutine_handle<promise_type> h) const noexcept {
        Join& all = h.promise().join;
        if (--all.left == 0) troupe::detail::ResumeLoop::then(all.waiting);
      }
      void await_resume() const noexcept {}
    };
    JoinedTask get_return_object() noexcept {
      return JoinedTask(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    Final final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::terminate(); }
    Join& join;
  };
  explicit JoinedTask(std::coroutine_handle<promise_type> handle) noexcept : handle_(handle) {}
  JoinedTask(JoinedTask&& o) noexcept : handle_(std::exchange(o.handle_, {})) {}
  JoinedTask& operator=(JoinedTask&&) = delete;
  ~JoinedTask() {
    if (handle_) handle_.destroy();
  }

 private:
  std::coroutine_handle<promise_type> handle_;
};

struct Joined {
  Join& join;
  bool await_ready() const noexcept { return join.left == 0; }
  void await_suspend(std::coroutine_handle<> waiting) const noexcept { join.waiting = waiting; }
  void await_resume() const noexcept {}
};

}  // namespace troupe::saga::detail

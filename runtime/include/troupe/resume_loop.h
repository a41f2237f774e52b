// Coroutines that go on one after another on one depth of stack.
//
// A coroutine that hands over to another in its await_suspend() would be one call deeper each time, for a compiler
// makes a jump of that only when it optimizes. So it names who is next and suspends; the loop that resumed it is back
// on its own stack then, and resumes that one. For Task and for the flows of sagas, which derive their promises from
// ResumedPromise.
#pragma once

#include <coroutine>
#include <exception>
#include <type_traits>
#include <utility>

#include "troupe/error.h"

namespace troupe::detail {

class ResumeLoop {
 public:
  // Resumes `first`, then whoever is named next, until nobody is. What it resumes may begin loops of its own.
  static void run(std::coroutine_handle<> first) {
    ResumeLoop loop;
    while (first) {
      first.resume();
      first = std::exchange(loop.next_, {});
    }
  }
  // Of a coroutine that suspends: `next` goes on, if there is one.
  static void then(std::coroutine_handle<> next) {
    if (!next) return;
    if (current_ && !current_->next_) {
      current_->next_ = next;
    } else {
      run(next);
    }
  }

 private:
  ResumeLoop() noexcept : outer_(std::exchange(current_, this)) {}
  ~ResumeLoop() { current_ = outer_; }
  ResumeLoop(const ResumeLoop&) = delete;
  ResumeLoop& operator=(const ResumeLoop&) = delete;

  static inline constinit thread_local ResumeLoop* current_ = nullptr;  // of this thread
  ResumeLoop* const outer_;
  std::coroutine_handle<> next_;
};

// Starts when it is awaited, and then has whoever awaits it go on.
struct ResumedPromise {
  struct FinalAwaiter {
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> h) const noexcept {
      ResumeLoop::then(h.promise().continuation);
    }
    void await_resume() const noexcept {}
  };

  std::suspend_always initial_suspend() const noexcept { return {}; }
  FinalAwaiter final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { error = std::current_exception(); }

  std::coroutine_handle<> continuation;
  std::exception_ptr error;
};

// What co_await makes of such a coroutine. One without a coroutine, moved from or made by {}, ends with `invalid`.
template <class Promise>
struct ResumedAwaiter {
  std::coroutine_handle<Promise> handle;
  bool await_ready() const noexcept { return !handle || handle.done(); }
  template <class Waiter>
  void await_suspend(std::coroutine_handle<Waiter> waiter) const {
    handle.promise().continuation = waiter;
    if constexpr (std::is_base_of_v<ResumedPromise, Waiter>) {
      ResumeLoop::then(handle);
    } else {
      ResumeLoop::run(handle);  // a coroutine of another type may not be in the loop's hands
    }
  }
  decltype(auto) await_resume() const {
    if (!handle) throw Error(ErrorKind::invalid, "an empty Task was awaited: it was moved from, or made by {}");
    return handle.promise().take();
  }
};

}  // namespace troupe::detail

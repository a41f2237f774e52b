// A scheduled actor that runs what it is sent, and a wait with a watchdog.
#pragma once

#include <chrono>
#include <functional>
#include <thread>

#include "engine/engine.h"

namespace troupe::testing {

class Work final : public Mail {
 public:
  explicit Work(std::function<void()> work_in, std::function<void()> dropped_in = {})
      : Mail(Kind::control), work(std::move(work_in)), dropped(std::move(dropped_in)) {}
  void discard() noexcept override {
    if (dropped) dropped();
    delete this;
  }
  std::function<void()> work;
  std::function<void()> dropped;
};

class Runner final : public engine::ScheduledActor {
 public:
  explicit Runner(engine::Engine& engine) : ScheduledActor(engine) {}
  using ScheduledActor::close;
  std::function<void(std::uint64_t)> on_timer;

  // False: closed; the work was dropped.
  bool run_there(std::function<void()> work, std::function<void()> dropped = {}) {
    auto* mail = new Work(std::move(work), std::move(dropped));
    if (post(mail)) return true;
    mail->discard();
    return false;
  }

 private:
  void receive(Mail* mail) noexcept override {
    if (mail->kind() == Mail::Kind::timer) {
      if (on_timer) on_timer(static_cast<engine::TimerMail*>(mail)->token);
      return mail->discard();
    }
    auto* work = static_cast<Work*>(mail);
    work->work();
    delete work;
  }
};

// False: `condition` did not hold within `limit`.
template <class Condition>
[[nodiscard]] bool within(std::chrono::milliseconds limit, Condition&& condition) {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= until) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace troupe::testing

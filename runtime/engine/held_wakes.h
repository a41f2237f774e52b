// Wake-ups that wait a moment, so that one does for many. Whoever wakes a thread is often put off its processor for it,
// and the other finds one mail where a moment later there are ten.
//
// What waits is of this thread alone, and waits for what this thread is at, never for others; both ways are bounded.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/clock.h"
#include "troupe/gathering.h"

namespace caf {
class actor_system;
class resumable;
}  // namespace caf

namespace troupe::engine {

// While it lives, scheduled actors that this thread wakes wait, up to kMost; at its end the workers get them. For a
// thread that takes in many mails at once and is no worker. One within another does nothing.
class JobsTogether {
 public:
  static constexpr std::size_t kMost = 64;

  JobsTogether() noexcept;
  ~JobsTogether();
  JobsTogether(const JobsTogether&) = delete;
  JobsTogether& operator=(const JobsTogether&) = delete;

  // Whoever is about to wait for what was scheduled: the workers get it now.
  static void let_go() noexcept;

  // For the engine. False: the caller gives it to the workers.
  [[nodiscard]] static bool keep(caf::actor_system& system, caf::resumable* job) noexcept;

 private:
  void give() noexcept;

  struct Job {
    caf::actor_system* system;
    caf::resumable* job;
  };
  bool outermost_;
  std::size_t count_ = 0;
  std::array<Job, kMost> jobs_;
};

// Of a scheduled actor's run: a bell that a handler rings waits until the run ends, or kMails mails were received
// since, or kTime has passed when one was. So a handler that is long after such a mail holds it up; long_waits() then
// says so, and the scheduled actor's next runs hold nothing back.
class HeldBell {
 public:
  static constexpr std::size_t kMails = 32;
  static constexpr std::chrono::microseconds kTime{50};
  static constexpr std::chrono::microseconds kLong{250};

  // `holds` false: bells ring at once. One run at a time on a thread.
  explicit HeldBell(bool holds) noexcept;
  ~HeldBell();
  HeldBell(const HeldBell&) = delete;
  HeldBell& operator=(const HeldBell&) = delete;

  // A mail was received to its end.
  void after_mail() noexcept {
    if (bell_) look();
  }
  void ring() noexcept;
  // A bell waited for more than kLong.
  [[nodiscard]] bool long_wait() const noexcept { return long_wait_; }

  // For whoever rings, on any thread; `bell` belongs to a shared_ptr. False: nothing is held here, or another bell is;
  // ring it.
  template <class OfShared>
  [[nodiscard]] static bool hold(OfShared& bell) noexcept {
    HeldBell* held = here();
    if (!held) return false;
    return held->bell_ ? held->bell_.get() == &bell : held->keep(bell.weak_from_this().lock());
  }
  [[nodiscard]] static bool hold(const std::shared_ptr<Bell>& bell) noexcept;

 private:
  [[nodiscard]] static HeldBell*& here() noexcept;
  [[nodiscard]] bool keep(std::shared_ptr<Bell> bell) noexcept;
  void look() noexcept;

  HeldBell* const before_;
  std::shared_ptr<Bell> bell_;
  std::size_t mails_ = 0;
  TimePoint since_{};
  bool long_wait_ = false;
};

}  // namespace troupe::engine

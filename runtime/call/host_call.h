// A call made outside actors: somebody blocks for it, or gave a callback.
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <vector>

#include "wire/envelope.h"

namespace troupe::call {

class DeadlineWheel;

// Whether this thread is in a callback that the host program gave to a call or to the node.
[[nodiscard]] bool in_callback() noexcept;

// As long as one of a node's callbacks to the host program runs on this thread.
class CallbackScope {
 public:
  CallbackScope() noexcept;
  ~CallbackScope();
  CallbackScope(const CallbackScope&) = delete;
  CallbackScope& operator=(const CallbackScope&) = delete;
};

class HostCall final : public Recipient {
 public:
  HostCall() = default;
  ~HostCall() override;
  // Takes the outcome in, once.
  bool post(Mail* mail) noexcept override;
  // Waits for it; false: not within `timeout`.
  [[nodiscard]] bool wait(std::chrono::nanoseconds timeout);
  // At once if it has ended, else when it does, on the thread that ends it. What it throws is a line of the log.
  void on_end(std::function<void()> callback, const LogSink& log = {});

 private:
  friend class DeadlineWheel;
  std::mutex mutex_;
  std::condition_variable ended_signal_;
  bool ended_ = false;
  std::function<void()> callback_;

  // The watch's notes, under the watch's lock.
  DeadlineWheel* watch_ = nullptr;
  wire::Envelope* call_ = nullptr;
  HostCall* next_ = nullptr;
  HostCall* prev_ = nullptr;
  std::size_t slot_ = 0;
};

// Ends calls of host threads whose deadline has passed. A wheel: a call lies in the slot of its deadline, so that
// neither taking it in nor ending what is late looks at the others. Any thread.
class DeadlineWheel {
 public:
  // Deadlines are kept to this grain.
  static constexpr std::chrono::milliseconds kGrain{20};

  DeadlineWheel() = default;
  DeadlineWheel(const DeadlineWheel&) = delete;
  DeadlineWheel& operator=(const DeadlineWheel&) = delete;

  // False: limits::kMaxPendingCalls are watched already.
  [[nodiscard]] bool add(wire::Envelope& call);
  void remove(HostCall& call) noexcept;
  void end_late(TimePoint now);
  void end_all(const Error& why);
  [[nodiscard]] std::size_t size() const noexcept { return size_.load(std::memory_order_relaxed); }

  // When end_late() is wanted next, if no call comes that is earlier: then `wake` is called, once, and must not block.
  // max(): there is no call.
  [[nodiscard]] TimePoint next_look();
  void wake_with(std::function<void()> wake);

 private:
  static constexpr std::size_t kSlots = 512;  // the default deadline lies within one round
  static constexpr std::size_t kWordBits = 64;

  void link(HostCall& call) noexcept;
  void unlink(HostCall& call) noexcept;
  [[nodiscard]] static std::uint64_t tick_of(TimePoint time) noexcept;
  void collect(std::size_t slot, TimePoint now, std::vector<wire::EnvelopePtr>& late) const;

  std::mutex mutex_;
  std::array<HostCall*, kSlots> slots_{};
  std::array<std::uint64_t, kSlots / kWordBits> filled_{};  // a bit for each slot that holds a call
  std::uint64_t swept_ = 0;                                 // every tick before this one has been ended
  TimePoint looks_at_ = TimePoint::min();                   // what next_look() gave
  std::function<void()> wake_;
  std::atomic<std::size_t> size_{0};
};

}  // namespace troupe::call

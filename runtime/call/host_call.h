// A call made outside actors: somebody blocks for it, or gave a callback.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>

#include "wire/envelope.h"

namespace troupe::call {

class DeadlineWatch;

class HostCall final : public Recipient {
 public:
  HostCall() = default;
  ~HostCall() override;
  // Takes the outcome in, once.
  bool post(Mail* mail) noexcept override;
  // Waits for it; false: not within `timeout`.
  [[nodiscard]] bool wait(std::chrono::nanoseconds timeout);
  // At once if it has ended, else when it does, on the thread that ends it.
  void on_end(std::function<void()> callback);

 private:
  friend class DeadlineWatch;
  std::mutex mutex_;
  std::condition_variable ended_signal_;
  bool ended_ = false;
  std::function<void()> callback_;

  // The watch's notes, under the watch's lock.
  DeadlineWatch* watch_ = nullptr;
  wire::Envelope* call_ = nullptr;
  HostCall* next_ = nullptr;
  HostCall* prev_ = nullptr;
};

// Ends calls of host threads whose deadline has passed. Any thread.
class DeadlineWatch {
 public:
  DeadlineWatch() = default;
  DeadlineWatch(const DeadlineWatch&) = delete;
  DeadlineWatch& operator=(const DeadlineWatch&) = delete;

  // False: limits::kMaxPendingCalls are watched already.
  [[nodiscard]] bool add(wire::Envelope& call);
  void remove(HostCall& call) noexcept;
  void end_late(TimePoint now);
  void end_all(const Error& why);
  [[nodiscard]] std::size_t size() const noexcept { return size_.load(std::memory_order_relaxed); }

 private:
  void unlink(HostCall& call) noexcept;
  void end(const std::function<bool(const wire::Envelope&)>& which, const Error* why);

  std::mutex mutex_;
  HostCall* first_ = nullptr;
  std::atomic<std::size_t> size_{0};
};

}  // namespace troupe::call

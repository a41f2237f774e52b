// The calls of one actor that wait for their turn, in the order they came, and how long they have to wait. The
// activation says which of them may start (mailbox.cpp); this class says which are turned away because the queue
// stands.
//
// They wait in a list through the envelopes themselves, so that to wait costs no memory. While one waits, it is counted
// among what its node holds, and its caller may know that it has not run (Envelope::in_line).
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>

#include "actor/standing_queue.h"
#include "wire/envelope.h"

namespace troupe::actor {

class WaitingCalls {
 public:
  WaitingCalls() = default;
  // Those that still wait are discarded, as a mailbox that closes does it.
  ~WaitingCalls();
  WaitingCalls(const WaitingCalls&) = delete;
  WaitingCalls& operator=(const WaitingCalls&) = delete;

  // --- the actor's own thread ---
  [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }
  // The call whose turn is next. Only if one waits.
  [[nodiscard]] const wire::Envelope& first() const noexcept { return *static_cast<const wire::Envelope*>(first_); }
  void push(wire::EnvelopePtr call) noexcept;
  [[nodiscard]] wire::EnvelopePtr pop() noexcept;
  // The first of which `may_go(call)` is true becomes the one whose turn is next; if there is none, all stays.
  template <class MayGo>
  void bring_forward(MayGo&& may_go) noexcept {
    Mail* before = nullptr;
    for (Mail* mail = first_; mail; before = mail, mail = mail->next_mail) {
      if (!may_go(*static_cast<const wire::Envelope*>(mail))) continue;
      if (!before) return;
      before->next_mail = mail->next_mail;
      if (last_ == mail) last_ = before;
      mail->next_mail = first_;
      first_ = mail;
      return;
    }
  }
  // Answers all of them.
  void refuse(const Error& why) noexcept;

  // How many more may wait, for a worker or here, if `most` may altogether.
  [[nodiscard]] std::uint32_t room(std::uint32_t most) const noexcept {
    most = std::min(most, longest());
    return most > count() ? most - count() : 0;
  }
  struct Moment {
    TimePoint now;
    std::uint32_t in_inbox;    // calls that wait for a worker, as far as the actor knows
    std::uint64_t turns_done;  // by the actor, ever
  };
  // `call` has its turn. True: it is better turned away, for more come than the actor can serve.
  [[nodiscard]] bool sheds(const wire::Envelope& call, const Moment& moment, const OverloadPolicy& policy) noexcept {
    const auto delay = moment.now - call.arrived;
    if (delay < policy.target && !queue_.watched() && delay_ms_.load(std::memory_order_relaxed) == 0) [[likely]]
      return false;
    return judge(call, delay, moment, policy);
  }
  [[nodiscard]] bool standing() const noexcept { return queue_.standing(); }
  // How many calls it can make wait no longer than it should; sheds() changes it.
  [[nodiscard]] std::uint32_t longest() const noexcept { return queue_.longest(); }

  // --- any thread ---
  [[nodiscard]] std::uint32_t count() const noexcept { return count_.load(std::memory_order_relaxed); }
  // How long the last call had waited that waited longer than OverloadPolicy::target; zero: the last one did not.
  [[nodiscard]] std::chrono::milliseconds delay() const noexcept {
    return std::chrono::milliseconds(delay_ms_.load(std::memory_order_relaxed));
  }

 private:
  [[nodiscard]] bool judge(const wire::Envelope& call, std::chrono::nanoseconds delay, const Moment& moment,
                           const OverloadPolicy& policy) noexcept;

  Mail* first_ = nullptr;
  Mail* last_ = nullptr;
  std::atomic<std::uint32_t> count_{0};
  std::atomic<std::uint32_t> delay_ms_{0};
  StandingQueue queue_;
};

}  // namespace troupe::actor

// How many calls may be under way at once, and how many wait for a place. Any thread.
//
// A bulkhead that lets none wait is a counter. With a queue the first that came is the first that gets a place: whoever
// gives one back starts the call that gets it.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>

#include "base/mail.h"
#include "troupe/call_policy.h"

namespace troupe::resilience {

class Bulkhead {
 public:
  // A call that waits for a place.
  class Waiter : public Counted {
   public:
    // It has a place now, which is its to give back. On the thread that gave one back. Must not block.
    virtual void go() noexcept = 0;

   private:
    friend class Bulkhead;
    std::optional<std::list<Ptr<Waiter>>::iterator> in_line_;
  };
  enum class Entry : std::uint8_t { in, waits, full };

  explicit Bulkhead(const BulkheadPolicy& policy) noexcept
      : most_(policy.most_in_flight), most_waiting_(policy.max_wait.count() > 0 ? policy.most_waiting : 0) {}

  // Whether a call may wait here at all.
  [[nodiscard]] bool has_queue() const noexcept { return most_ > 0 && most_waiting_ > 0; }
  // False: it is full, or others wait.
  [[nodiscard]] bool enter() noexcept;
  // The same; if it is full the call waits, unless as many wait as may. Throws for want of memory.
  [[nodiscard]] Entry enter_or_wait(const Ptr<Waiter>& waiter);
  // It waits no more. False: it did not, or it has got its place, and go() is called.
  [[nodiscard]] bool forget(Waiter& waiter) noexcept;
  // Gives a place back, and starts calls that wait for it.
  void leave() noexcept;
  // The two apart.
  void give_back() noexcept;
  void start_waiting() noexcept;

  struct Sight {
    std::uint64_t in_flight = 0;
    std::uint64_t waiting = 0;
    std::uint64_t waited = 0;  // since the node began: that got a place in the line
  };
  [[nodiscard]] Sight look() const;

 private:
  [[nodiscard]] bool enter_locked() noexcept;

  const std::uint32_t most_;
  const std::uint32_t most_waiting_;
  std::atomic<std::uint64_t> in_flight_{0};
  mutable std::mutex mutex_;  // of what follows, and with a queue of changes of in_flight_
  std::list<Ptr<Waiter>> line_;
  std::uint64_t waited_ = 0;
  bool starting_ = false;  // some thread is in start_waiting()
};

}  // namespace troupe::resilience

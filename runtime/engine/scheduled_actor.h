// A mailbox that runs: mail posted from any thread is received on one worker at a time, in order.
//
// The inbox is a lock-free stack that the consumer takes whole and reverses (the scheme of CAF's own
// lifo_inbox); a post is one compare-and-swap, and it schedules the scheduled actor only if that was idle.
//
// A run ends after a number of mails, so that other scheduled actors get theirs. A scheduled actor may ask for mail by
// urgency: control first, however many calls wait, then replies and timers, which bring work to its end, then calls;
// each kind in its order.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/mail.h"
#include "troupe/ids.h"

namespace caf {
class resumable;
}

namespace troupe::engine {

class Engine;
class HeldBell;
struct WorkerActivity;

class ScheduledActor : public Recipient {
 public:
  bool post(Mail* mail) noexcept final;

  // Mail posted and not yet received. Any thread; a moment's truth.
  [[nodiscard]] std::uint32_t waiting() const noexcept { return waiting_.load(std::memory_order_relaxed); }
  // How many may wait before calls are turned away, as the scheduled actor has it. Any thread.
  [[nodiscard]] std::uint32_t room() const noexcept { return room_.load(std::memory_order_relaxed); }
  [[nodiscard]] Engine& engine() const noexcept { return engine_; }

  // For the engine alone: receives up to `budget` mails. True: there is more to do.
  bool run(std::size_t budget);

 protected:
  enum class Order : std::uint8_t { of_arrival, by_urgency };
  explicit ScheduledActor(Engine& engine, Order order = Order::of_arrival);
  ~ScheduledActor() override;

  void room(std::uint32_t room) noexcept { room_.store(room, std::memory_order_relaxed); }
  // From receive() only: what is left of this run. Whoever does the work of a mail without receiving one spends for it.
  [[nodiscard]] std::size_t left() const noexcept { return left_; }
  void spend() noexcept { left_ -= left_ > 0 ? 1 : 0; }

  // One mail, with its reference. On a worker thread, never two at once.
  virtual void receive(Mail* mail) noexcept = 0;
  // From receive() only: takes no more mail, and discards what waits.
  void close() noexcept;

 private:
  friend class Engine;
  bool receive_some(std::size_t budget, WorkerActivity& mark, HeldBell& bell);
  // Mail that was taken from the inbox, oldest first.
  struct MailQueue {
    Mail* first = nullptr;
    Mail* last = nullptr;
    void append(Mail* mail) noexcept;
    Mail* pop() noexcept;
    void discard() noexcept;
  };

  void gather() noexcept;  // from the inbox into the lines
  Mail* take();            // the next mail, or null
  bool go_idle();

  Engine& engine_;
  caf::resumable* caf_actor_;  // the CAF actor that the scheduler runs
  std::atomic<Mail*> inbox_;
  std::atomic<std::uint32_t> waiting_{0};
  std::atomic<std::uint32_t> room_{~std::uint32_t{0}};
  const Order order_;
  bool closed_ = false;
  std::uint8_t endings_in_a_row_ = 0;
  std::uint8_t runs_without_bell_ = 0;  // so many more, for a handler was long (HeldBell)
  std::size_t left_ = 0;
  MailQueue urgent_;   // control
  MailQueue endings_;  // replies and timers
  MailQueue calls_;    // the rest; everything, of a scheduled actor that wants mail as it arrives
};

using CellPtr = Ptr<ScheduledActor>;

}  // namespace troupe::engine

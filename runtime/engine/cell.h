// A mailbox that runs: mail posted from any thread is received on one worker at a time, in order.
//
// The inbox is a lock-free stack that the consumer takes whole and reverses (the scheme of CAF's own
// lifo_inbox); a post is one compare-and-swap, and it schedules the cell only if that was idle.
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
struct WorkerMark;

class Cell : public Recipient {
 public:
  bool post(Mail* mail) noexcept final;

  // Mail posted and not yet received. Any thread; a moment's truth.
  [[nodiscard]] std::uint32_t waiting() const noexcept { return waiting_.load(std::memory_order_relaxed); }
  [[nodiscard]] Engine& engine() const noexcept { return engine_; }

  // For the engine alone: receives up to `budget` mails. True: there is more to do.
  bool run(std::size_t budget);

 protected:
  explicit Cell(Engine& engine);
  ~Cell() override;

  // One mail, with its reference. On a worker thread, never two at once.
  virtual void receive(Mail* mail) noexcept = 0;
  // From receive() only: takes no more mail, and discards what waits.
  void close() noexcept;

 private:
  friend class Engine;
  bool receive_some(std::size_t budget, WorkerMark& mark);
  Mail* take();  // the oldest mail, or null
  bool go_idle();

  Engine& engine_;
  caf::resumable* body_;  // the CAF actor that the scheduler runs
  std::atomic<Mail*> inbox_;
  Mail* taken_ = nullptr;
  std::atomic<std::uint32_t> waiting_{0};
  bool closed_ = false;
};

using CellPtr = Ptr<Cell>;

}  // namespace troupe::engine

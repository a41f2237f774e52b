// The reminder clock: gives each reminder to its actor when it is due, until the actor's commit has taken it away.
//
// Of what waits it knows one number per partition, the earliest time, and has one wake-up for all of them: a reminder
// that is not due costs neither memory nor a look. A reminder that is due is handed over again and again, later and
// later, until its turn has been committed; that it takes effect once is the turn's business (reminders.cpp), and so is
// one that was replaced or cancelled meanwhile. Nothing is handed over before the wall clock says so.
#pragma once

#include <cstdint>

#include "base/mail.h"
#include "troupe/ids.h"
#include "troupe/inspection.h"

namespace troupe::actor {

struct Context;

class ReminderClock {
 public:
  // `context` and its store outlive it.
  explicit ReminderClock(Context& context);
  ~ReminderClock();
  ReminderClock(const ReminderClock&) = delete;
  ReminderClock& operator=(const ReminderClock&) = delete;

  // Begins. Before that nothing is handed over.
  void start();
  // A partition opens: its reminders in the store are given to their actors when they are due. Any thread.
  void open(PartitionId partition) noexcept;
  // A partition closes: none of its reminders is handed over from here on; turns that run go on, and their commits
  // count. Any thread but an actor's; blocks until done.
  void close(PartitionId partition);
  // A reminder has become durable. Any thread; two loads unless it is the earliest of its partition.
  void committed(PartitionId partition, std::uint64_t due_ms) noexcept;
  // Looks at the wall clock now. By itself it finds out within limits::kReminderLook that somebody has set it forward.
  void look() noexcept;
  // Hands over nothing more; turns that run go on, and their commits count. Blocks until done.
  void stop();

  // Turns of reminders that ended well since the node started. Any thread.
  [[nodiscard]] std::uint64_t fired() const noexcept;
  // Up to `limit` of those that fail, the most tried first. Reads the store to count what is due. Any thread but an
  // actor's.
  [[nodiscard]] RemindersView view(std::size_t limit) const;

 private:
  class Dispatcher;
  Context& context_;
  Ptr<Dispatcher> dispatcher_;
};

}  // namespace troupe::actor

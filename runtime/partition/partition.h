// One slice of the key space as a node leads it: what belongs to it is opened, drained and closed here, and nowhere
// else. That is its actors, the messages that they send (courier), the times of their reminders, erasures that are not
// through, and their commits, all in one epoch.
//
//   closed    nothing of it is in memory but calls that wait
//   leading   its actors run, messages and reminders go out
//   draining  turns that run come to their end, and calls that they make within the partition; other calls wait
//
// What closes on one node can open on another, or here again in a later epoch: all that counts is on disk by then, and
// the commit queue takes nothing more that was decided in the epoch that is over. The order of the steps is what makes
// that true; see close().
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "actor/context.h"
#include "actor/leadership.h"
#include "base/epoch.h"
#include "base/partition_kinds.h"
#include "troupe/duration.h"
#include "troupe/error.h"
#include "troupe/ids.h"

namespace troupe::partition {

enum class State : std::uint8_t { closed, leading, draining };
[[nodiscard]] const char* to_string(State state) noexcept;

// Any thread but an actor's; open(), close() and hand_over() come one after the other.
class Partition {
 public:
  // `context` outlives it.
  Partition(PartitionId id, actor::Context& context) : id_(id), context_(context) {}
  Partition(const Partition&) = delete;
  Partition& operator=(const Partition&) = delete;

  [[nodiscard]] PartitionId id() const noexcept { return id_; }
  [[nodiscard]] State state() const noexcept { return state_.load(std::memory_order_acquire); }
  // In which this node leads it, or led it last; 0: it never did.
  [[nodiscard]] Epoch epoch() const noexcept { return context_.leadership.of(id_).epoch; }

  // From now on this node leads it: erasures are ended, messages and reminders that the store holds go out, and calls
  // that wait run. Waits for the disk if there is something to erase. `invalid`: it is open, or the epoch is not later
  // than the last, which close() has ended. Else what the store says; then it stays closed.
  [[nodiscard]] Result<void> open(Epoch epoch);

  // Ends all of it: turns have until `drain` has passed to come to their end, and are ended then; what they committed
  // is on disk and told. Calls that have not begun wait for open() or hand_over(), each until its deadline. Nothing, if
  // it is closed. A drain of no time or less ends turns at once.
  //
  // `unavailable` names the turns that hold a thread and did not return within limits::kStopGrace after that: nothing
  // of the partition runs but they, it stays draining, and close() may be called again.
  [[nodiscard]] Result<void> close(Milliseconds drain);

  // Another node leads it: calls that wait, and those that still come, go where the view of the cluster says. Only of
  // one that is closed, else `invalid`; open() takes it back.
  [[nodiscard]] Result<void> hand_over();

 private:
  using Visit = std::function<void(actor::Activation&)>;

  void stand(actor::Standing standing, Epoch epoch) noexcept;
  // As a mail of its own, between two of its turns.
  void tell_all(Visit what);
  [[nodiscard]] TimePoint now() const;
  // By the machine's clock that nobody sets, so that lines of several processes can be put in order.
  void log_change(const char* what, Epoch epoch) const;
  // Until none of its turns runs, or that moment.
  void await_turns(TimePoint until) const;
  // False: not all by that moment.
  [[nodiscard]] bool depart_all(bool at_once, TimePoint until);
  // Every commit that was submitted has ended.
  void await_commits();
  [[nodiscard]] std::vector<std::string> what_runs() const;
  // Null: its actors keep nothing, or the node has none.
  [[nodiscard]] store::Store* store() const noexcept { return has_rows(id_) ? context_.store : nullptr; }
  [[nodiscard]] std::string name() const { return "partition " + std::to_string(id_); }

  const PartitionId id_;
  actor::Context& context_;
  std::mutex changing_;
  std::atomic<State> state_{State::closed};
};

}  // namespace troupe::partition

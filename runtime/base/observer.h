// Who wants to know what a node does: turns that begin and end, commits, traffic of links. An observer is told and
// changes nothing; what a test changes on the way is a fault (actor/turn_faults.h, cluster/message_faults.h) and stays
// apart.
//
// The observers of a node are given when it starts and stay the same. Each place that tells holds a pointer to them,
// null when there are none: then it costs a branch, and no clock is read. Every function is called in the middle of the
// runtime's work, on the thread that does it, and several threads call at once: it must not block, and must not call
// the runtime. What it is given is valid during the call.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "base/trace_context.h"
#include "troupe/ids.h"

namespace troupe {

// Which turn. `activation` and `serial` together name it among all that the node runs at the time.
struct TurnInfo {
  const void* activation = nullptr;
  std::uint64_t serial = 0;
  std::string_view service;
  std::string_view key;
  std::string_view method;  // "(timer)", "(reminder)", "(answer)" for what has none
  RequestId request;
  const TraceContext* trace = nullptr;  // of its call; null: none. A reminder's is known at the end, not at the begin.
};

enum class TurnOutcome : std::uint8_t {
  answered,  // it came to its end; what it wrote, if it did, has been handed to the store
  refused,   // by the actor's own rules
  failed,    // with any other Error, or because what it did could not be kept
  crashed,   // with an exception that is no Error
  ended,     // where it waited, from outside: its caller gave it up, its actor crashed in another turn or stopped
};
[[nodiscard]] constexpr std::string_view to_string(TurnOutcome outcome) noexcept {
  constexpr std::string_view kWords[] = {"answered", "refused", "failed", "crashed", "ended"};
  return kWords[static_cast<std::size_t>(outcome)];
}

struct TurnEnd {
  TurnOutcome outcome = TurnOutcome::answered;
  std::chrono::nanoseconds waited{0};  // for its begin, in the mailbox; to kClockGrain
  std::chrono::nanoseconds ran{0};     // from its begin to its end, what it waited for included
  bool edited = false;                 // it changed state, rows, messages or reminders; kept only if it was answered
};

// A write set that is on this disk.
struct CommitInfo {
  PartitionId partition = 0;
  std::size_t bytes = 0;
  std::size_t records = 0;
  std::chrono::nanoseconds took{0};  // from submit() until it was
};

// What passed in one go of the links' loop, handshakes left out.
struct LinkTraffic {
  std::size_t frames_in = 0;
  std::size_t bytes_in = 0;
  std::size_t frames_out = 0;  // handed to the connection
  std::size_t bytes_out = 0;
};

class Observer {
 public:
  // On the worker thread of the turn's actor. A turn that began ends once, on a worker thread of that actor too.
  virtual void on_turn_begin(const TurnInfo&) noexcept {}
  virtual void on_turn_end(const TurnInfo&, const TurnEnd&) noexcept {}
  // On the store's writer thread, before whoever waits for the commit is told.
  virtual void on_commit(const CommitInfo&) noexcept {}
  // On the thread of the node's links, or one that has taken its place; `peer` is the other node's name.
  virtual void on_link_up(std::string_view /*peer*/) noexcept {}
  virtual void on_link_down(std::string_view /*peer*/, std::string_view /*why*/) noexcept {}
  virtual void on_link_traffic(std::string_view /*peer*/, const LinkTraffic&) noexcept {}

 protected:
  ~Observer() = default;
};

// Several as one, told in their order; all of them outlive it.
class Observers final : public Observer {
 public:
  Observers() = default;
  explicit Observers(std::vector<Observer*> all) : all_(std::move(all)) {}

  // What to tell; null: there is nobody.
  [[nodiscard]] Observer* get() noexcept {
    if (all_.empty()) return nullptr;
    return all_.size() == 1 ? all_.front() : this;
  }

  void on_turn_begin(const TurnInfo& turn) noexcept override {
    for (Observer* one : all_) one->on_turn_begin(turn);
  }
  void on_turn_end(const TurnInfo& turn, const TurnEnd& end) noexcept override {
    for (Observer* one : all_) one->on_turn_end(turn, end);
  }
  void on_commit(const CommitInfo& commit) noexcept override {
    for (Observer* one : all_) one->on_commit(commit);
  }
  void on_link_up(std::string_view peer) noexcept override {
    for (Observer* one : all_) one->on_link_up(peer);
  }
  void on_link_down(std::string_view peer, std::string_view why) noexcept override {
    for (Observer* one : all_) one->on_link_down(peer, why);
  }
  void on_link_traffic(std::string_view peer, const LinkTraffic& traffic) noexcept override {
    for (Observer* one : all_) one->on_link_traffic(peer, traffic);
  }

 private:
  std::vector<Observer*> all_;
};

}  // namespace troupe

// Private to the activation's own files: what exists while an actor is active, and what few ever need.
#pragma once

#include <capnp/common.h>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "actor/activation.h"
#include "actor/erasure.h"
#include "actor/timer_queue.h"
#include "base/hash_seed.h"
#include "store/format/actor_record.h"

namespace troupe::actor {

struct Activation::ActiveParts {
  explicit ActiveParts(wire::AddressPtr self_in) : self(std::move(self_in)) {}

  wire::AddressPtr self;           // an active actor keeps its address interned
  std::unique_ptr<Actor> actor;    // null after a crash, until the next turn
  std::vector<capnp::word> state;  // committed, flat: one segment, no table; empty: none yet
  store::RememberedReplies replies;
  store::RecordMeta meta;
  std::unique_ptr<DurableParts> beside;
};

// Pages of older replies, the oldest first, and what they have together: a turn that edits looks at no page.
class Activation::ReplyPages {
 public:
  struct Page {
    std::uint32_t number;
    std::uint64_t newest_ms;
    std::size_t count;
    std::size_t bytes;
  };
  void add(const Page& page) {
    pages_.push_back(page);
    count_ += page.count;
    bytes_ += page.bytes;
  }
  void drop_oldest() noexcept {
    count_ -= pages_.front().count;
    bytes_ -= pages_.front().bytes;
    pages_.pop_front();
  }
  [[nodiscard]] const std::deque<Page>& all() const noexcept { return pages_; }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  std::deque<Page> pages_;
  std::size_t count_ = 0;
  std::size_t bytes_ = 0;
};

// Made when the actor first touches a row or a durable message.
struct Activation::DurableParts {
  UnsettledRows unsettled;

  // The last message taken from each sender, as far as it has been asked for.
  std::unordered_map<RequestId, std::uint64_t, SeededHash> channels;

  // Not known until it was looked for them.
  std::optional<ReplyPages> pages;
};

// What the activation asked to be woken for.
inline constexpr std::uint64_t kDeadlineToken = 0;
inline constexpr std::uint64_t kRecoverToken = 1;
inline constexpr std::uint64_t kTimersToken = 2;

struct Activation::OptionalParts {
  TimerQueue timers;
  TimePoint timers_wake{};        // when it is woken for them, at the latest; zero: not asked for
  std::deque<std::uint64_t> due;  // timers whose work waits for the actor to be free
  bool work_was_last = false;     // the last turn that pump() started was a timer's
  std::vector<wire::AddressPtr> children;
  std::unordered_map<std::uint64_t, wire::EnvelopePtr> monitors;          // watches of this actor's, links among them
  std::unordered_map<RequestId, wire::EnvelopePtr, SeededHash> watchers;  // watches of others on it
  bool trap_links = false;
  std::string last_crash;
  std::unique_ptr<Erasure> erasure;  // while the phase is `erasing`
  TimePoint recover_at{};            // while it backs off or is quarantined
  std::string quarantined;           // what callers are told meanwhile

  Ptr<Counted> leaving;  // let go of when it has stood down
  std::string down_why;
  struct Ending {
    std::uint64_t turn;  // the serial of the one that asked for it
    std::optional<std::string> cause;
  };
  std::optional<Ending> ending;
};

}  // namespace troupe::actor

// QueueMeter: how many calls wait in the mailboxes of one node, how many bytes they hold, how long they wait for a
// worker; and whether one more may come.
//
// Every call passes it, on many threads. So it counts as Linux counts its pages and sockets (lib/percpu_counter.c): a
// thread keeps what it added and took, in a slot that it alone writes, and passes it on when that has become much. The
// levels everybody reads are off by a few calls per thread; with small limits each call is passed on, and they are
// exact.
//
// Waiting for a worker is judged as CoDel judges a router's queue (Nichols and Jacobson, "Controlling Queue Delay", ACM
// Queue 10(5), 2012): long queues are good while they drain, and bad when for a whole interval nobody waited less than
// a target. Then, as servers do it (Maurer, "Fail at Scale", ACM Queue 13(8), 2015; folly/executors/Codel.cpp), whoever
// waited for more than twice the target is turned away. What is served in `target` is how long the queue may be.
//
// Nor need it wait out the interval for a flood: when nobody was quick for a target's time, and what waits takes longer
// than an interval to serve, that interval would show nothing else.
//
// A node's queues are many, and who comes to an actor just before its turn waits for nobody. So once the node sheds,
// one quick call says nothing: it sheds until calls wait for less than half of the target in the mean.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <mutex>
#include <thread>

#include "base/clock.h"
#include "troupe/overload.h"

namespace troupe {

// What turned a call away.
enum class Bound : std::uint8_t {
  none,
  mailbox,      // max_mailbox
  actor_delay,  // the actor's queue stands
  node_calls,   // max_queued_calls
  node_bytes,   // max_queued_bytes
  node_delay,   // the node's queues stand
  host_calls,   // kMaxPendingCalls
  commits,      // kMaxPendingCommits
};
inline constexpr std::size_t kBounds = 8;

class QueueMeter {
 public:
  // Threads that count without disturbing each other; further ones share a slot.
  static constexpr std::size_t kThreads = 31;
  // What a thread may keep to itself.
  static constexpr std::int64_t kMostCalls = 16;
  static constexpr std::int64_t kMostBytes = 64 << 10;
  // The node's queue is never cut to less than this, and kMostCalls for each thread that counts.
  static constexpr std::uint32_t kLeastRoom = 64;

  QueueMeter() noexcept;
  QueueMeter(const QueueMeter&) = delete;
  QueueMeter& operator=(const QueueMeter&) = delete;

  // Before the first call.
  void configure(const OverloadPolicy& policy) noexcept;

  // --- any thread ---
  // A call of `bytes` is to go into a mailbox. `none`: it may, and is counted. `nested`: a turn makes it.
  [[nodiscard]] Bound enter(std::size_t bytes, bool nested, TimePoint now) noexcept;
  // The same for what is never turned away.
  void enter_anyway(std::size_t bytes) noexcept { add(slot(), 1, static_cast<std::int64_t>(bytes)); }
  // It will not run: its mailbox closed.
  void leave(std::size_t bytes) noexcept { add(slot(), -1, -static_cast<std::int64_t>(bytes)); }
  // A worker took it. True: it waited for one so long, and so do all, that it is better turned away.
  [[nodiscard]] bool taken(std::size_t bytes, TimePoint arrived, TimePoint now, bool nested) noexcept {
    Slot& mine = slot();
    add(mine, -1, -static_cast<std::int64_t>(bytes));
    const std::int64_t delay = (now - arrived).count();
    const std::int64_t shed_above = shed_above_.load(std::memory_order_relaxed);
    const bool shed = (nested ? delay / 2 : delay) > shed_above;
    bump(shed ? mine.shed : mine.served, 1, mine.shared);
    if (shed_above != kNever) {
      bump(mine.waited, static_cast<std::uint64_t>(std::max<std::int64_t>(delay, 0)), mine.shared);
    } else if (delay < quick_) {
      const auto round = round_.load(std::memory_order_relaxed);
      if (mine.quick_round.load(std::memory_order_relaxed) != round)
        mine.quick_round.store(round, std::memory_order_relaxed);
    }
    const std::int64_t time = now.time_since_epoch().count();
    if (time >= round_ends_.load(std::memory_order_relaxed)) close_round(time);
    return shed;
  }
  // A call that was taken is turned away all the same.
  void not_served() noexcept {
    Slot& mine = slot();
    bump(mine.served, ~std::uint64_t{0}, mine.shared);
  }
  // It waits behind its actor's turn, not for a worker; and it waits no longer.
  void hold(std::size_t bytes) noexcept;
  void release(std::size_t bytes) noexcept;

  void refused(Bound bound) noexcept {
    slot().refused[static_cast<std::size_t>(bound)].fetch_add(1, std::memory_order_relaxed);
  }

  struct Levels {
    std::int64_t calls = 0;
    std::int64_t bytes = 0;
    std::int64_t held = 0;     // of the calls, those that wait behind a turn of their actor's
    std::int64_t wait_ms = 0;  // what a call that comes now will wait for a worker, about; 0: less than the target
    bool standing = false;     // the node sheds
    std::array<std::uint64_t, kBounds> refused{};
  };
  // Exact when nothing moves.
  [[nodiscard]] Levels levels(TimePoint now) const noexcept;
  // How long a caller that is turned away should wait.
  [[nodiscard]] std::chrono::milliseconds retry_after(TimePoint now) const noexcept;
  [[nodiscard]] const OverloadPolicy& policy() const noexcept { return policy_; }

 private:
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
  static constexpr std::uint32_t kUnlimited = std::numeric_limits<std::uint32_t>::max();

  // Written by one thread, but for the last slot, which is shared.
  struct alignas(64) Slot {
    std::atomic<std::int64_t> calls{0};
    std::atomic<std::int64_t> bytes{0};
    std::atomic<std::int64_t> held{0};
    std::atomic<std::uint64_t> served{0};  // taken and not turned away
    std::atomic<std::uint64_t> shed{0};    // taken, and turned away for their wait
    std::atomic<std::uint64_t> waited{0};  // ns, by all that were taken while the node sheds
    std::atomic<std::uint32_t> quick_round{0};
    bool shared = false;
    std::thread::id owner{};
    std::array<std::atomic<std::uint64_t>, kBounds> refused{};
  };

  [[nodiscard]] Slot& slot() noexcept {
    struct Mine {
      std::uint64_t meter;
      Slot* slot;
    };
    static thread_local Mine mine{0, nullptr};
    if (mine.meter == id_) [[likely]]
      return *mine.slot;
    mine = {id_, &find_slot()};
    return *mine.slot;
  }
  [[nodiscard]] Slot& find_slot() noexcept;
  static void bump(std::atomic<std::uint64_t>& counter, std::uint64_t by, bool shared) noexcept {
    if (shared) {
      counter.fetch_add(by, std::memory_order_relaxed);
    } else {
      counter.store(counter.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
    }
  }
  void add(Slot& mine, std::int64_t calls, std::int64_t bytes) noexcept {
    calls += mine.calls.load(std::memory_order_relaxed);
    bytes += mine.bytes.load(std::memory_order_relaxed);
    if (mine.shared || calls >= most_calls_ || calls <= -most_calls_ || bytes >= kMostBytes || bytes <= -kMostBytes)
      return pass_on(mine, calls, bytes);
    mine.calls.store(calls, std::memory_order_relaxed);
    mine.bytes.store(bytes, std::memory_order_relaxed);
  }
  void pass_on(Slot& mine, std::int64_t calls, std::int64_t bytes) noexcept;
  void add_held(std::int64_t held) noexcept;
  void close_round(std::int64_t now_ns) noexcept;
  // Rounds are closed by calls that are taken; what nobody renews is void.
  [[nodiscard]] bool fresh(TimePoint now) const noexcept {
    return now.time_since_epoch().count() < round_ends_.load(std::memory_order_relaxed) + interval_ns_;
  }
  // What it takes to serve what waits.
  [[nodiscard]] std::int64_t wait_ms(std::int64_t waiting, TimePoint now) const noexcept;
  [[nodiscard]] std::int64_t inbox() const noexcept {
    return calls_.load(std::memory_order_relaxed) - held_.load(std::memory_order_relaxed);
  }

  const std::uint64_t id_;  // no other meter of the process has or had it: a thread knows its slot by it
  // Fixed by configure().
  OverloadPolicy policy_;
  std::int64_t target_ns_ = 0;
  std::int64_t interval_ns_ = 0;
  std::int64_t quick_ = kNever;
  std::int64_t most_calls_ = 1;

  // Read by every call, written now and then.
  alignas(64) std::atomic<std::int64_t> calls_{0};
  std::atomic<std::int64_t> bytes_{0};
  std::atomic<std::int64_t> held_{0};
  std::atomic<std::int64_t> round_ends_{0};
  std::atomic<std::int64_t> shed_above_{kNever};
  std::atomic<std::uint32_t> round_{1};
  std::atomic<std::uint32_t> room_{kUnlimited};

  // Of whoever closes a round.
  alignas(64) std::atomic<std::int64_t> round_began_{0};
  std::atomic<std::uint64_t> served_before_{0};
  std::atomic<std::uint64_t> shed_before_{0};
  std::atomic<std::uint64_t> waited_before_{0};
  std::atomic<std::int64_t> nobody_quick_ns_{0};  // for so long, before it sheds
  std::atomic<std::int64_t> ns_per_call_{0};      // as served while all waited long; 0: they do not
  std::atomic<std::size_t> slots_used_{0};
  std::mutex registering_;
  std::array<Slot, kThreads + 1> slots_;
};

// What a call that is turned away is told to wait: at least, or when nothing better is known; and at most.
inline constexpr std::chrono::milliseconds kRetryAfter{100};
inline constexpr std::chrono::milliseconds kMostRetryAfter{5'000};

}  // namespace troupe

// What can be seen of a running node: plain values, for the debug tool and for tests.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace troupe {

struct PendingCallView {
  std::string actor;  // whom it called: "Stock/sku-1"
  std::string method;
  std::string id;  // the request id, 32 hexadecimal digits
  std::uint64_t age_ms = 0;
  std::int64_t deadline_in_ms = 0;
};

struct TurnView {
  std::string method;
  std::string id;
  std::uint64_t age_ms = 0;
  bool waiting = false;  // suspended in a co_await
};

struct ActorView {
  std::string actor;  // "Stock/sku-1"
  std::uint32_t partition = 0;
  // absent | dormant | idle | running | waiting | restarting | quarantined | erasing | stopping | stopped | away
  std::string status;
  std::uint32_t mailbox = 0;
  std::uint32_t queue_delay_ms = 0;  // what calls wait for their turn, when it is longer than OverloadPolicy::target
  bool shedding = false;             // calls that wait longer are refused; known when `answered`
  std::uint64_t turns_done = 0;
  std::uint32_t restarts = 0;
  std::string last_crash;  // empty: none
  std::uint64_t state_bytes = 0;
  std::uint32_t state_version = 0;       // of what the state means, when it was last edited
  std::uint64_t edits = 0;               // committed turns that edited the state
  std::uint64_t last_sent = 0;           // number of the last durable message it sent; 0: none
  std::uint32_t remembered_replies = 0;  // in its record
  std::uint64_t replies_in_pages = 0;    // and older ones
  std::uint64_t commits_submitted = 0;
  std::uint64_t commits_durable = 0;
  std::vector<TurnView> turns;
  std::vector<PendingCallView> pending_calls;
  std::uint64_t monitors = 0;  // monitors and links that it holds
  std::uint64_t watchers = 0;  // that others hold on it
  std::vector<std::string> children;
  bool answered = true;  // false: busy in a turn that holds its thread; the rest is what is known from outside
};

// Durable messages of one sender to one receiver that are not acknowledged yet.
struct ChannelView {
  std::string from;  // "Order/o-1"
  std::string to;
  std::uint64_t waiting = 0;    // messages known to be in the store; may be more behind a long row
  std::uint64_t under_way = 0;  // of them, sent and not answered
  std::uint64_t oldest_ms = 0;  // age of the oldest
  std::uint32_t tries = 0;      // of the oldest, that ended with an error of the receiver's
  std::string last_error;       // empty: none
};

// All of them, and what became of others since the node started.
struct OutboxView {
  std::uint64_t waiting = 0;
  std::uint64_t delivered = 0;
  std::uint64_t repeated = 0;  // deliveries that were tried again
  std::uint64_t given_up = 0;  // became dead letters
};

// A reminder whose last try ended with an error.
struct FailingReminderView {
  std::string actor;  // "Cart/c-1"
  std::string name;
  std::uint64_t due_ms = 0;  // wall clock
  std::uint32_t tries = 0;
  std::uint64_t again_in_ms = 0;  // 0: it runs
  std::string last_error;
};

struct RemindersView {
  std::uint64_t due = 0;                   // by the wall clock, and still there; counted up to 100,000
  std::uint64_t under_way = 0;             // of them, running or waiting for their actors
  std::uint64_t failing = 0;               // of them, to be tried again
  bool left_behind = false;                // more fail than are counted
  std::uint64_t not_hosted = 0;            // of them, for services that this node does not host
  std::uint64_t fired = 0;                 // since the node started
  std::uint64_t next_due_ms = 0;           // wall clock; 0: none waits
  std::string last_error;                  // of reading the store; empty: none
  std::vector<FailingReminderView> worst;  // the most tried first
};

// A turn that takes longer than WatchLimits::slow_turn.
struct SlowTurnView {
  std::string actor;
  std::string method;
  std::string id;  // empty: not known from outside
  std::uint64_t age_ms = 0;
  std::string at;  // "awaits Stock/sku-1.reserve, called 1200 ms ago", "runs on thread 4711"
};

struct SlowTurnsView {
  std::uint64_t limit_ms = 0;  // 0: none is slow
  std::uint64_t total = 0;     // since the node started
  std::vector<SlowTurnView> turns;
};

// A worker thread that one handler holds for longer than WatchLimits::blocked_thread.
struct BlockedThreadView {
  std::int64_t thread = 0;  // its number in /proc/PID/task
  std::string actor;        // empty: work of the runtime's own
  std::string method;
  std::uint64_t held_ms = 0;
  std::string kernel;  // what the kernel says it does: "sleeping in futex_wait, system call 202"
};

struct HealthView {
  struct Fault {
    std::string name;
    std::string message;
  };
  std::vector<Fault> faults;  // of the node; none: healthy
  std::uint64_t workers = 0;
  std::vector<BlockedThreadView> blocked;
  std::vector<Fault> services{};  // that are not well by their own checks, and why
};

// A crash, and what was decided about it.
struct CrashView {
  std::string actor;        // "Stock/sku-1"
  std::uint64_t at_ms = 0;  // wall clock
  std::string cause;  // handler: a turn threw | activation: it threw while it was activated | link: a linked actor went
  std::string method;              // what it was doing: "reserve", "(timer)"
  std::string request;             // the request id of that turn, 32 hexadecimal digits; empty: none
  std::string message;             // what it threw
  std::string outcome;             // restarted | delayed | quarantined
  std::uint64_t after_ms = 0;      // of `delayed`, until the restart; of `quarantined`, until it may try again
  std::vector<std::string> trace;  // where it was thrown, innermost first; empty without Troupe::crash_traces
};

// An actor that keeps crashing and is not started for a while.
struct QuarantineView {
  std::string actor;
  std::uint64_t since_ms = 0;  // wall clock
  std::uint64_t until_ms = 0;
  std::string why;         // which limit of its policy it exceeded
  std::string last_crash;  // "reserve: what it threw"
};

struct LinkView {
  std::string peer;
  bool up = false;
  std::string address;
  std::uint64_t incarnation = 0;
  std::uint64_t pending_calls = 0;
  std::uint64_t backlog_bytes = 0;
  std::uint64_t unanswered_calls = 0;             // taken in from the peer
  std::uint64_t refused_out = 0, refused_in = 0;  // calls to and of the peer that were one too many
  std::uint64_t frames_in = 0, frames_out = 0, bytes_in = 0, bytes_out = 0;
  double rtt_us = 0;
  std::string last_error;
};

struct SupervisorView {
  std::string name;            // "node", "Stock"
  std::string strategy;        // "one_for_one"
  std::string policy;          // in words: "10 restarts in 10 s, backoff 10 ms to 2 s"
  std::uint64_t children = 0;  // live activations
  std::uint64_t restarts = 0;
  std::uint64_t quarantined = 0;
  std::vector<SupervisorView> supervisors;
};

}  // namespace troupe

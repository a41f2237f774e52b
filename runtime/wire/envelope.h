// The one object that a call is, from the caller's Ref to the handler and back: parameters, results, id,
// deadline, and the way home. Local calls pass it by pointer; links turn it into frames and back.
//
// Who may touch what: until the call is settled the callee's side owns `results` and `error`, the caller's
// side owns the waiter fields; everything else is fixed before the envelope is first posted.
#pragma once

#include <atomic>
#include <coroutine>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/mail.h"
#include "base/shared_caller.h"
#include "base/tick_clock.h"
#include "base/trace_context.h"
#include "troupe/error.h"
#include "troupe/ids.h"
#include "wire/address.h"
#include "wire/call_end.h"
#include "wire/delivery.h"
#include "wire/message.h"

namespace troupe::wire {

// One caller further up: enough to recognise a cycle and to name it.
struct Hop {
  RequestId id;
  std::string actor;  // "Order/o-1"
};

// What runs on an actor's behalf without a call (its timers) has no method.
inline constexpr std::uint16_t kNoMethod = 0xffff;

// `first_sent_ms` of what may have run before nobody knows when: it is not judged by that, and neither are the calls
// that it makes.
inline constexpr std::uint64_t kNobodyKnows = ~std::uint64_t{0};

// `went_to` of a call that was never handed on; and of one that was, to where nobody can be told of it.
inline constexpr std::uint16_t kNowhere = 0xffff;
inline constexpr std::uint16_t kAstray = 0xfffe;

// Which attempt of a call it is. Counted where one ends that may have run, while whoever gives the call up may look:
// that one looks at where the call went first, and then sees the count that goes with it.
class AttemptCount {
 public:
  AttemptCount(std::uint32_t count = 1) noexcept : count_(count) {}  // NOLINT: implicit on purpose
  AttemptCount(const AttemptCount& o) noexcept : count_(o) {}
  AttemptCount& operator=(const AttemptCount& o) noexcept {
    count_.store(o, std::memory_order_relaxed);
    return *this;
  }
  operator std::uint32_t() const noexcept { return count_.load(std::memory_order_relaxed); }  // NOLINT: the same
  // One thread at a time.
  AttemptCount& operator++() noexcept { return *this = *this + 1; }

 private:
  std::atomic<std::uint32_t> count_;
};

// What goes along from cause to effect, and what the runtime itself does not go by. A reminder's turn finds it in its
// row.
struct Passengers {
  TracePtr trace{};    // that it belongs to; null: none
  CallerPtr caller{};  // who is asking; null: nobody from outside

  void take_along(const Passengers& cause) {
    trace = cause.trace;
    caller = cause.caller;
  }
};

// What a call asks for, but for its parameters: a value, the same in every copy of the call.
struct Request : Passengers {
  AddressPtr target;
  std::uint16_t method = 0;  // ordinal, or kNoMethod
  std::uint16_t depth = 0;   // calls above this one
  AttemptCount attempt;      // 2 and up: a retry under the same id
  RequestId id;
  TimePoint deadline{};             // by the clock of the node it is on
  TimePoint sent{};                 // the same, for looking at; of a call that nobody has sent yet, zero
  std::uint64_t first_sent_ms = 0;  // the first attempt, by the time of the node it is on
  bool from_outside = false;        // its caller makes it itself: the method's rule is held against them
};

class Envelope final : public Mail, public Counted, public Request {
 public:
  Envelope() : Mail(Kind::call) {}

  // --- the request ---
  TimePoint arrived{};  // in its mailbox
  // Of one that is measured: when its caller sent it, and when it came into its mailbox. 0: not on this node.
  TickClock::Ticks sent_at = 0;
  TickClock::Ticks arrived_at = 0;
  Payload params;
  std::unique_ptr<Delivery> delivery;  // null: an ordinary call
  // The member whose mailbox or link it was handed to, by its index in the router's view: a cancel goes there, whoever
  // owns the actor by then. kNowhere: to none, so it cannot have run. Set by the router, which then looks whether the
  // call is settled and lets it go no further; who gives up settles first and then looks at this. Both are sequentially
  // consistent, so one of them sees the other.
  std::atomic<std::uint16_t> went_to{kNowhere};
  [[nodiscard]] bool left() const noexcept { return went_to.load(std::memory_order_seq_cst) != kNowhere; }
  // Of a call to a pool that this node's own actors serve: which of them has it. Set before `went_to`.
  std::atomic<std::uint16_t> instance{0};
  // The same call where a pool's members are counted; null: not counted. For whoever routes it, one thread at a time.
  Ptr<CallEnd> counted_at;
  // It waits for its turn in the line of its actor on this node, and has not run. Set and cleared by the mailbox, which
  // then looks whether the call is settled, in the same way.
  std::atomic<bool> in_line{false};
  std::uint8_t followed = 0;  // owners it was sent on to, each named by a node that was not the owner
  bool from_link = false;     // it came from another node
  std::uint8_t weight = 0;    // how many calls it stands for where times are measured; 0: its are not
  bool queued = false;        // counted among the calls that wait in a mailbox's inbox
  [[nodiscard]] bool was_sent() const noexcept { return sent != TimePoint{} || delivery; }
  // What it holds of memory while it waits.
  [[nodiscard]] std::size_t footprint() const noexcept { return sizeof(Envelope) + params.heap_bytes(); }

  // --- the callers above, for cycle detection: of this process by pointer, of others by value ---
  EnvelopePtr parent;
  std::unique_ptr<std::vector<Hop>> remote_chain;

  // --- the outcome: results, or an error ---
  Payload results;
  std::unique_ptr<Error> error;

  // --- the way home ---
  Ptr<Recipient> reply_to;
  std::uint64_t ticket = 0;   // for a call that came over a link: its number there
  std::uint64_t way_out = 0;  // its number on the link it went out on; the links' thread alone
  // Settles the call: true for the one that may answer it, false for everyone later.
  [[nodiscard]] bool settle() noexcept { return !settled_.exchange(true, std::memory_order_seq_cst); }
  [[nodiscard]] bool settled() const noexcept { return settled_.load(std::memory_order_seq_cst); }
  // Who is told how it ended, by whoever settles it.
  CallEnds ends;
  // Asked at every answer, before that ends the call; null: each answer does.
  Ptr<CallCover> cover;
  // The copy of it whose results are its own; null: what `results` holds. Set by whoever settles it.
  EnvelopePtr answered_by;

  // --- the callee's note, touched on its activation's thread alone ---
  void* waiting_turn = nullptr;  // the turn that it is, while that waits

  // --- the caller's notes, touched on the caller's thread alone ---
  void* turn = nullptr;
  std::coroutine_handle<> waiter;
  bool in_actor = false;                // made by a turn; fixed before it is sent
  bool forgotten = false;               // goes on when its turn fails
  bool answered = false;                // the caller has taken the outcome in
  std::unique_ptr<Error> caller_error;  // the caller gave up; stands instead of the outcome
  Envelope* pending_prev = nullptr;
  Envelope* pending_next = nullptr;

  // A call whose mailbox closed is answered `unavailable`; a reply nobody waits for is let go.
  void discard() noexcept override;

 private:
  std::atomic<bool> settled_{false};
};

// The durable message that `call` is; null for any other call.
[[nodiscard]] inline const DurableMessage* message_of(const Envelope& call) noexcept {
  return std::get_if<DurableMessage>(call.delivery.get());
}

// Answers: settles, and posts the envelope home with what `results` and `error` hold. Any thread.
void answer(EnvelopePtr call) noexcept;
// Ends a call that was never handed on itself with the results of a copy of it, which has ended.
void answer_with(EnvelopePtr call, EnvelopePtr copy) noexcept;
// Answers with an error instead of results; for the callee's side.
void answer(EnvelopePtr call, Error error) noexcept;
void answer(EnvelopePtr call, std::unique_ptr<Error> error) noexcept;
// Ends the call from the caller's side (cancelled, a node that stops), while the callee may still be at work; it is
// told.
void give_up(EnvelopePtr call, Error error) noexcept;

// The same for a call whose deadline passed, with late().
void give_up_late(EnvelopePtr call) noexcept;

// The error of a call whose parameters no message can hold, at whatever distance.
[[nodiscard]] Error too_long(const Envelope& call, std::size_t bytes);

// The error of a call whose deadline passed and that has been settled: says whether it may have run.
[[nodiscard]] Error late(const Envelope& call);
// Whether a call that its caller has settled may have begun to run.
[[nodiscard]] bool may_have_begun(const Envelope& call) noexcept;

// Whether `id` is among the callers above `call`; then `path` names them from that one down to `call`.
[[nodiscard]] bool called_from(const Envelope& call, const RequestId& id, std::string* path);

}  // namespace troupe::wire

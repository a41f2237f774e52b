// A peer as every thread sees it: the box where calls and answers wait for the links' thread, and whether
// there is a link at all. A call is let in only while the link is up, so none is lost between the two.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "net/links.h"

namespace troupe::net {

// Wakes the links' thread, or takes its place. Any thread.
class Notifier {
 public:
  virtual void notify() noexcept = 0;
  // True: until leave() the links' thread is kept out, and who entered may do what it alone does. False: somebody is in
  // that place, perhaps the caller. Never blocks.
  [[nodiscard]] virtual bool try_enter() noexcept { return false; }
  virtual void leave() noexcept {}

 protected:
  ~Notifier() = default;
};

// Prelude, header and what the envelope itself weighs, roughly.
inline constexpr std::size_t kEnvelopeBytes = 256;

struct QueuedFrame {
  wire::EnvelopePtr call;
  std::size_t bytes = 0;   // as counted in the backlog
  bool is_answer = false;  // the envelope's own kind may change when its caller gives up
  bool is_cancel = false;  // of a call that went out before
  bool refused = false;    // of an answer: by the link itself, which did not take the call in
};

struct LinkCounters {
  std::atomic<std::uint64_t> frames_in{0};
  std::atomic<std::uint64_t> frames_out{0};
  std::atomic<std::uint64_t> bytes_in{0};
  std::atomic<std::uint64_t> bytes_out{0};
  std::atomic<std::uint64_t> pending_calls{0};
  std::atomic<std::uint64_t> unanswered_calls{0};
  std::atomic<std::uint64_t> refused_out{0};
  std::atomic<std::uint64_t> refused_in{0};
  std::atomic<std::uint64_t> unmatched_replies{0};
  std::atomic<std::uint64_t> dropped_answers{0};
  std::atomic<std::int64_t> rtt_us{0};
};

// Where a frame leaves that has nothing to wait for.
class WayOut {
 public:
  // True: it was sent, and `frame` is taken. False: it has to wait for its turn, and nothing has changed. In the place
  // of the links' thread.
  [[nodiscard]] virtual bool send_now(QueuedFrame& frame) = 0;

 protected:
  ~WayOut() = default;
};

// A frame that is under way alone is sent by the thread that has it, if nobody is in the place of the links' thread: to
// wake that one takes longer than sending. Where others are under way, waiting for it gathers frames: fewer records of
// TLS, fewer system calls.
class Peer : public std::enable_shared_from_this<Peer> {
 public:
  // `max_calls`: that may be sent to it and not be answered.
  Peer(PeerId id, PeerAddress address, std::size_t max_backlog_bytes, std::size_t max_calls,
       std::shared_ptr<Notifier> notifier);

  // Before any thread uses it; outlives every try_enter(). Without one, all frames wait in the box.
  void leave_by(WayOut& way_out) noexcept { way_out_ = &way_out; }

  const PeerId id;
  const std::string node;  // its name
  LinkCounters counters;

  // --- any thread ---
  Result<void> offer(wire::EnvelopePtr&& call);
  void cancel(wire::EnvelopePtr call);
  // Something waits in a channel: it has its turn soon.
  void wake() noexcept { notifier_->notify(); }
  [[nodiscard]] PeerAddress address() const;
  // It is reached there from the next connection on.
  void move_to(PeerAddress address);
  [[nodiscard]] LinkStatus status() const;

  // --- the links' thread ---
  // What calls from the peer are answered to while this link lasts.
  [[nodiscard]] Ptr<Recipient> open(Incarnation incarnation, TimePoint now);
  // Nothing is let in any more; what waited comes out.
  [[nodiscard]] std::vector<QueuedFrame> close(const Error& why, TimePoint now);
  void note_error(const Error& why);
  // Appends what waits. Cheap when nothing does.
  void take(std::vector<QueuedFrame>& into);
  // Calls of the peer that were not answered when its link went down. It may ask for them again; another incarnation
  // of it will not, nor will one that said goodbye.
  void keep_unanswered(std::vector<wire::EnvelopePtr> calls, bool gone);
  // Those bytes wait no longer.
  void left_backlog(std::size_t bytes) noexcept { backlog_.fetch_sub(bytes, std::memory_order_relaxed); }
  // Calls that were taken from the box and are under way no longer: answered, given up, lost.
  void ended(std::size_t calls) noexcept { calls_.fetch_sub(calls, std::memory_order_relaxed); }

 private:
  class WayBack;
  class Place;
  enum class Next { nothing, wake, send };
  // Under the lock: puts it into the box, or leaves it to be sent at once. Says what is to be done without the lock.
  [[nodiscard]] Next put(QueuedFrame& frame, bool at_once);
  void go_on(Next next, QueuedFrame& frame);
  void end_unanswered();
  [[nodiscard]] Error too_much(const std::string& what);
  void answer(wire::EnvelopePtr call, std::uint64_t link);

  const std::size_t max_backlog_bytes_;
  const std::size_t max_calls_;
  const std::shared_ptr<Notifier> notifier_;
  WayOut* way_out_ = nullptr;
  std::atomic<std::size_t> backlog_{0};
  std::atomic<std::size_t> calls_{0};  // in the box, waiting in the link, or sent and not answered
  std::atomic<bool> box_filled_{false};

  std::vector<wire::EnvelopePtr> unanswered_;  // the links' thread's own

  mutable std::mutex mutex_;  // guards what follows
  PeerAddress address_;
  bool up_ = false;
  std::uint64_t link_ = 0;  // counts links, so that an old link's answers do not go out on a new one
  std::vector<QueuedFrame> box_;
  std::uint64_t in_before_ = 0;  // frames of earlier links
  std::uint64_t out_before_ = 0;
  Incarnation incarnation_ = 0;
  TimePoint since_{};
  std::string last_error_;
};

}  // namespace troupe::net

// The box under its lock, and the way home for calls that came in.
#include "net/peer.h"

#include <utility>

#include "wire/frame.h"
#include "wire/monitor_request.h"

namespace troupe::net {
// Where an incoming call's envelope is posted when it has been answered.
class Peer::WayBack final : public Recipient {
 public:
  WayBack(std::weak_ptr<Peer> peer, std::uint64_t link) : peer_(std::move(peer)), link_(link) {}
  bool post(Mail* mail) noexcept override {
    auto call = wire::EnvelopePtr::adopt(static_cast<wire::Envelope*>(mail));
    if (const auto peer = peer_.lock()) peer->answer(std::move(call), link_);
    return true;
  }

 private:
  const std::weak_ptr<Peer> peer_;  // which keeps calls that are answered here
  const std::uint64_t link_;
};

// The place of the links' thread, for a thread that wants it and gets it.
class Peer::Place {
 public:
  Place(Peer& peer, bool wanted)
      : notifier_(wanted && peer.way_out_ && peer.notifier_->try_enter() ? peer.notifier_.get() : nullptr) {}
  ~Place() {
    if (notifier_) notifier_->leave();
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  [[nodiscard]] bool taken() const noexcept { return notifier_ != nullptr; }

 private:
  Notifier* const notifier_;
};

Peer::Peer(PeerId id_in, PeerAddress address_in, std::size_t max_backlog_bytes, std::size_t max_calls,
           std::shared_ptr<Notifier> notifier)
    : id(id_in),
      node(address_in.node),
      max_backlog_bytes_(max_backlog_bytes),
      max_calls_(max_calls),
      notifier_(std::move(notifier)),
      address_(std::move(address_in)) {}

PeerAddress Peer::address() const {
  std::lock_guard lock(mutex_);
  return address_;
}

void Peer::move_to(PeerAddress address) {
  std::lock_guard lock(mutex_);
  address_ = std::move(address);
}

Error Peer::too_much(const std::string& what) {
  counters.refused_out.fetch_add(1, std::memory_order_relaxed);
  return Error(ErrorKind::overloaded, "the link to node " + node + " has " + what).retry_after(kRetryAfter);
}

Peer::Next Peer::put(QueuedFrame& frame, bool at_once) {
  if (at_once && box_.empty()) return Next::send;
  box_.push_back(std::move(frame));
  box_filled_.store(true, std::memory_order_release);
  return box_.size() == 1 ? Next::wake : Next::nothing;
}

void Peer::go_on(Next next, QueuedFrame& frame) {
  if (next == Next::send && !way_out_->send_now(frame)) {
    std::lock_guard lock(mutex_);
    next = put(frame, false);
  }
  if (next == Next::wake) notifier_->notify();
}

Result<void> Peer::offer(wire::EnvelopePtr&& call) {
  const std::size_t payload = wire::payload_bytes(call->params);
  if (payload > limits::kMaxMessageBytes) return wire::too_long(*call, payload);
  const std::size_t bytes = payload + kEnvelopeBytes;
  const wire::MonitorRequest* watch = wire::watch_of(*call);
  const bool ends_watch = watch && !watch->begins;  // it gives back what the other side keeps
  const Place place(*this, calls_.load(std::memory_order_relaxed) == 0 && bytes <= wire::kChunkBytes);
  QueuedFrame frame{.bytes = bytes};
  Next next = Next::nothing;
  {
    std::lock_guard lock(mutex_);
    if (!up_)
      return Error(ErrorKind::unavailable, "no link to node " + node + " at " + address_.host + ":" +
                                               std::to_string(address_.port) +
                                               (last_error_.empty() ? "" : ": " + last_error_));
    // A call is let in while there is room for a part of it, so that none is too large for ever.
    if (backlog_.load(std::memory_order_relaxed) >= max_backlog_bytes_ && !ends_watch)
      return too_much(std::to_string(backlog_.load()) + " bytes waiting, " + std::to_string(max_backlog_bytes_) +
                      " are allowed");
    if (calls_.load(std::memory_order_relaxed) >= max_calls_ && !ends_watch)
      return too_much(std::to_string(max_calls_) + " calls under way that are not answered, and no more are allowed");
    calls_.fetch_add(1, std::memory_order_relaxed);
    backlog_.fetch_add(bytes, std::memory_order_relaxed);
    frame.call = std::move(call);
    next = put(frame, place.taken());
  }
  go_on(next, frame);
  return {};
}

void Peer::cancel(wire::EnvelopePtr call) {
  QueuedFrame frame{.call = std::move(call), .is_cancel = true};
  Next next = Next::nothing;
  {
    std::lock_guard lock(mutex_);
    if (!up_) return;
    next = put(frame, false);
  }
  go_on(next, frame);
}

void Peer::keep_unanswered(std::vector<wire::EnvelopePtr> calls, bool gone) {
  unanswered_ = std::move(calls);
  if (gone) end_unanswered();
}

void Peer::end_unanswered() {
  for (const auto& call : std::exchange(unanswered_, {})) {
    if (call->settle()) call->target->sink.cancel(call);
  }
}

void Peer::answer(wire::EnvelopePtr call, std::uint64_t link) {
  std::size_t bytes = kEnvelopeBytes + (call->error ? 0 : wire::payload_bytes(call->results));
  const Place place(*this,
                    counters.unanswered_calls.load(std::memory_order_relaxed) <= 1 && bytes <= wire::kChunkBytes);
  QueuedFrame frame{.is_answer = true};
  Next next = Next::nothing;
  {
    std::lock_guard lock(mutex_);
    if (!up_ || link != link_) {
      counters.dropped_answers.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    // An answer is never dropped while there is a link, but its results may be.
    std::string too_much;
    if (bytes > limits::kMaxMessageBytes + kEnvelopeBytes)
      too_much = "the results are " + std::to_string(bytes) + " bytes long";
    else if (backlog_.load(std::memory_order_relaxed) >= 3 * max_backlog_bytes_)
      too_much = "too much waits to be sent to node " + node;
    if (!too_much.empty()) {
      call->error = std::make_unique<Error>(ErrorKind::unknown_outcome, "the call ran, but " + too_much);
      call->error->may_have_run(true);
      bytes = kEnvelopeBytes;
    }
    backlog_.fetch_add(bytes, std::memory_order_relaxed);
    frame.call = std::move(call);
    frame.bytes = bytes;
    next = put(frame, place.taken());
  }
  go_on(next, frame);
}

LinkStatus Peer::status() const {
  LinkStatus out;
  out.bytes_in = counters.bytes_in;
  out.bytes_out = counters.bytes_out;
  out.unmatched_replies = counters.unmatched_replies;
  out.dropped_answers = counters.dropped_answers;
  out.rtt = std::chrono::microseconds(counters.rtt_us);
  out.backlog_bytes = backlog_;
  out.unanswered_calls = counters.unanswered_calls;
  out.refused_out = counters.refused_out;
  out.refused_in = counters.refused_in;
  out.id = id;
  out.peer = node;
  std::lock_guard lock(mutex_);
  out.address = address_.host + ":" + std::to_string(address_.port);
  out.frames_in = counters.frames_in;
  out.frames_out = counters.frames_out;
  out.pending_calls = counters.pending_calls;
  for (const QueuedFrame& o : box_) out.pending_calls += !o.is_answer && !o.is_cancel;
  out.up = up_;
  out.link_frames_in = out.frames_in - in_before_;
  out.link_frames_out = out.frames_out - out_before_;
  out.incarnation = incarnation_;
  out.since = since_;
  out.last_error = last_error_;
  return out;
}

Ptr<Recipient> Peer::open(Incarnation incarnation, TimePoint now) {
  if (incarnation != incarnation_) end_unanswered();
  std::lock_guard lock(mutex_);
  up_ = true;
  ++link_;
  in_before_ = counters.frames_in.load(std::memory_order_relaxed);
  out_before_ = counters.frames_out.load(std::memory_order_relaxed);
  incarnation_ = incarnation;
  since_ = now;
  last_error_.clear();
  return make_counted<WayBack>(weak_from_this(), link_);
}

std::vector<QueuedFrame> Peer::close(const Error& why, TimePoint now) {
  std::lock_guard lock(mutex_);
  up_ = false;
  calls_.store(0, std::memory_order_relaxed);
  since_ = now;
  last_error_ = why.message();
  box_filled_.store(false, std::memory_order_relaxed);
  return std::exchange(box_, {});
}

void Peer::note_error(const Error& why) {
  std::lock_guard lock(mutex_);
  last_error_ = why.message();
}

void Peer::take(std::vector<QueuedFrame>& into) {
  if (!box_filled_.load(std::memory_order_acquire)) return;
  std::lock_guard lock(mutex_);
  box_filled_.store(false, std::memory_order_relaxed);
  if (into.empty()) {
    into.swap(box_);
    return;
  }
  into.insert(into.end(), std::make_move_iterator(box_.begin()), std::make_move_iterator(box_.end()));
  box_.clear();
}

}  // namespace troupe::net

// Calls on a link, the sending half, and the table of calls that wait for a reply.
#include "net/call_channel.h"

#include <algorithm>
#include <utility>

#include "net/peer_clock.h"
#include "telemetry/call_span.h"
#include "wire/monitor_request.h"

namespace troupe::net {
namespace {

// Small frames between two chunks.
constexpr int kSmallFramesInARow = 64;
// Calls of the peer that were turned away and whose answers wait for credit. A window holds fewer calls.
constexpr std::size_t kMaxTurnedAway = 100'000;
// Slots of the pending table that one tick looks at.
constexpr std::size_t kSweepSlots = 4096;

}  // namespace

CallChannel::CallChannel(const LinkParts& link, LinkEvents& events, Ptr<Recipient> way_back)
    : peer_(link.peer),
      options_(link.options),
      clock_(link.clock),
      events_(events),
      way_back_(std::move(way_back)),
      credit_(link.terms.window) {}

bool CallChannel::pump(TimePoint now, wire::Bytes& out, std::size_t limit) {
  peer_.take(taken_);
  for (QueuedFrame& o : taken_) {
    if (o.is_cancel) {
      send_cancel(*o.call, out);
    } else {
      (o.bytes > wire::kChunkBytes ? large_ : waiting_).push_back(std::move(o));
    }
  }
  taken_.clear();
  while (may_write(out, limit)) {
    for (; small_in_a_row_ < kSmallFramesInARow && may_write(out, limit) && !waiting_.empty(); ++small_in_a_row_) {
      QueuedFrame next = std::move(waiting_.front());
      waiting_.pop_front();
      send_whole(std::move(next), now, out);
    }
    if (!may_write(out, limit)) break;
    start_large(now, out, limit);
    const bool more_chunks = send_chunk(out, limit);
    small_in_a_row_ = 0;
    if (waiting_.empty() && !more_chunks) break;
  }
  return out.size() >= limit && credit_.any() && !drained();
}

// Whether nobody waits for it any more; then it ends here.
bool CallChannel::gave_up(const QueuedFrame& next, TimePoint now) {
  if (next.is_answer) return false;
  const bool settled = next.call->settled();
  if (!settled && (next.call->deadline == TimePoint{} || next.call->deadline > now)) return false;
  peer_.ended(1);
  if (settled) return true;
  Error late(ErrorKind::deadline, "the call to " + next.call->target->text() + " waited for the link to node " +
                                      peer_.node + " until its deadline");
  wire::answer(next.call, late.may_have_run(false));
  return true;
}

// What is too late is told to its caller, which is not done from within its own send.
bool CallChannel::send_now(QueuedFrame& frame, TimePoint now, wire::Bytes& out) {
  const TimePoint deadline = frame.call->deadline;
  const bool is_late = !frame.is_answer && deadline != TimePoint{} && deadline <= now;
  if (!drained() || !credit_.any() || is_late) return false;
  send_whole(std::move(frame), now, out);
  return true;
}

void CallChannel::send_whole(QueuedFrame next, TimePoint now, wire::Bytes& out) {
  peer_.left_backlog(next.bytes);
  if (gave_up(next, now)) return;
  const std::size_t before = out.size();
  if (next.is_answer) {
    answered(next);
    wire::append_reply(out, *next.call);
  } else {
    wire::Envelope& call = *next.call;
    if (call.trace) [[unlikely]]
      left_for(call);
    const std::uint64_t first_sent = clock_.in_peers_time(call.first_sent_ms);
    wire::append_call(out, call, {add_pending(std::move(next.call), true), first_sent}, now);
  }
  wrote(out.size() - before);
}

// The span of what it waited for the link.
void CallChannel::left_for(const wire::Envelope& call) const noexcept {
  if (auto* tracer = call.target->sink.origin.tracer) telemetry::add_link_wait(*tracer, call, peer_.node);
}

// Announces large messages as long as the peer has room for them.
void CallChannel::start_large(TimePoint now, wire::Bytes& out, std::size_t limit) {
  while (!large_.empty() && may_write(out, limit)) {
    QueuedFrame& next = large_.front();
    if (gave_up(next, now)) {
      peer_.left_backlog(next.bytes);
      large_.pop_front();
      continue;
    }
    wire::PayloadBytes bytes(next.is_answer ? next.call->results : next.call->params);
    const std::size_t total = bytes.left();
    if (sending_bytes_ + total > kMaxStreamBytes) return;
    if (++last_stream_ == 0) ++last_stream_;
    const wire::Stream stream{last_stream_, static_cast<std::uint32_t>(total)};
    const std::size_t before = out.size();
    std::uint64_t ticket = 0;
    if (next.is_answer) {
      answered(next);
      wire::append_reply(out, *next.call, stream);
    } else {
      if (next.call->trace) left_for(*next.call);
      ticket = add_pending(next.call, false);
      wire::append_call(out, *next.call, {ticket, clock_.in_peers_time(next.call->first_sent_ms)}, now, stream);
    }
    wrote(out.size() - before);
    sending_bytes_ += total;
    peer_.left_backlog(next.bytes - total);
    sending_.push_back({std::move(next.call), std::move(bytes), last_stream_, total, ticket, next.is_answer});
    large_.pop_front();
  }
}

// One chunk of the message whose turn it is. True: another may follow at once.
bool CallChannel::send_chunk(wire::Bytes& out, std::size_t limit) {
  if (sending_.empty() || !may_write(out, limit) || credit_.under_way() >= kChunkWindowBytes) return false;
  Sending next = std::move(sending_.front());
  sending_.pop_front();
  const std::size_t before = out.size();
  const std::size_t left = next.bytes.left();
  wire::append_chunk(out, next.stream, next.bytes, wire::kChunkBytes);
  peer_.left_backlog(left - next.bytes.left());
  wrote(out.size() - before);
  if (next.bytes.left() > 0) {
    sending_.push_back(std::move(next));
    return true;
  }
  sending_bytes_ -= next.total;
  if (!next.is_answer)
    if (Pending* pending = find_pending(next.ticket)) pending->whole = true;
  return !sending_.empty() || !large_.empty();
}

// One that waits here unsent is left out when its turn comes. Like credit, a cancel needs none: there is one to a call.
void CallChannel::send_cancel(const wire::Envelope& call, wire::Bytes& out) {
  const std::uint64_t ticket = call.way_out;
  const Pending* pending = find_pending(ticket);
  if (!pending || pending->call.get() != &call) return;
  append_number(out, wire::FrameKind::cancel, ticket);
  peer_.counters.frames_out.fetch_add(1, std::memory_order_relaxed);
  (void)remove_pending(ticket);
}

// A call that is not taken in is answered as credit allows, like any other.
Result<void> CallChannel::turn_away(wire::EnvelopePtr call, Error error) {
  // Whoever reads grants credit, and whoever has no credit does not send: an honest peer does not come so far.
  if (turned_away_ >= kMaxTurnedAway) return broke_protocol("it calls for ever and reads no answers");
  ++turned_away_;
  if (error.kind() == ErrorKind::overloaded) peer_.counters.refused_in.fetch_add(1, std::memory_order_relaxed);
  call->params.clear();
  call->error = std::make_unique<Error>(std::move(error));
  waiting_.push_back({std::move(call), 0, true, true});
  return {};
}

void CallChannel::answered(const QueuedFrame& answer) {
  if (answer.refused) {
    --turned_away_;
    return;
  }
  if (wire::watch_of(*answer.call)) watches_.erase(answer.call->id);
  const auto at = incoming_.find(answer.call->ticket);
  if (at == incoming_.end() || at->second.call.get() != answer.call.get()) return;
  unanswered_bytes_ -= at->second.bytes;
  incoming_.erase(at);
  peer_.counters.unanswered_calls.store(--unanswered_calls_, std::memory_order_relaxed);
}

void CallChannel::wrote(std::size_t bytes) noexcept {
  credit_.sent(bytes);
  peer_.counters.frames_out.fetch_add(1, std::memory_order_relaxed);
  peer_.counters.bytes_out.fetch_add(bytes, std::memory_order_relaxed);
}

Result<void> CallChannel::tick(TimePoint, wire::Bytes& out) {
  sweep(out);
  return {};
}

void CallChannel::lose(wire::EnvelopePtr call, bool may_have_left) {
  if (call && !call->settled()) lost_.push_back({std::move(call), may_have_left});
}

void CallChannel::lose_unsent(QueuedFrame& unsent) {
  if (unsent.is_cancel) return;
  peer_.left_backlog(unsent.bytes);
  if (unsent.is_answer)
    peer_.counters.dropped_answers.fetch_add(1, std::memory_order_relaxed);
  else
    lose(std::move(unsent.call), false);
}

void CallChannel::close(LinkEnd how) {
  for (Pending& p : pending_) lose(std::move(p.call), p.whole);
  for (Sending& s : sending_) {
    peer_.left_backlog(s.bytes.left());
    if (s.is_answer) peer_.counters.dropped_answers.fetch_add(1, std::memory_order_relaxed);
  }
  for (QueuedFrame& o : waiting_) lose_unsent(o);
  for (QueuedFrame& o : large_) lose_unsent(o);
  peer_.counters.pending_calls.store(0, std::memory_order_relaxed);
  std::vector<wire::EnvelopePtr> unanswered;
  for (auto& [ticket, incoming] : std::exchange(incoming_, {})) {
    if (!wire::watch_of(*incoming.call)) unanswered.push_back(std::move(incoming.call));
  }
  peer_.keep_unanswered(std::move(unanswered), how == LinkEnd::goodbye);
  peer_.counters.unanswered_calls.store(0, std::memory_order_relaxed);
  end_watches(how);
}

std::vector<LostCall> CallChannel::take_lost(std::vector<QueuedFrame> unsent) {
  for (QueuedFrame& o : unsent) lose_unsent(o);
  return std::exchange(lost_, {});
}

std::uint64_t CallChannel::add_pending(wire::EnvelopePtr call, bool whole) {
  std::uint32_t slot;
  if (free_.empty()) {
    slot = static_cast<std::uint32_t>(pending_.size());
    pending_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  Pending& p = pending_[slot];
  p.call = std::move(call);
  p.whole = whole;
  peer_.counters.pending_calls.fetch_add(1, std::memory_order_relaxed);
  return p.call->way_out = std::uint64_t{++p.round} << 32 | slot;
}

CallChannel::Pending* CallChannel::find_pending(std::uint64_t ticket) {
  const auto slot = static_cast<std::uint32_t>(ticket);
  if (slot >= pending_.size()) return nullptr;
  Pending& p = pending_[slot];
  return p.call && p.round == ticket >> 32 ? &p : nullptr;
}

wire::EnvelopePtr CallChannel::remove_pending(std::uint64_t ticket) {
  Pending* p = find_pending(ticket);
  if (!p) return nullptr;
  free_.push_back(static_cast<std::uint32_t>(ticket));
  peer_.ended(1);
  peer_.counters.pending_calls.fetch_sub(1, std::memory_order_relaxed);
  return std::move(p->call);
}

// Forgets calls whose callers gave up and could not say so, a part of the table at a time.
void CallChannel::sweep(wire::Bytes& out) {
  for (std::size_t n = std::min(kSweepSlots, pending_.size()); n > 0; --n) {
    if (swept_ >= pending_.size()) swept_ = 0;
    Pending& p = pending_[swept_];
    if (p.call && p.call->settled()) send_cancel(*p.call, out);
    ++swept_;
  }
}

}  // namespace troupe::net

// Calls on a link, the receiving half: what the peer says, and whether it may.
#include <algorithm>

#include "net/call_channel.h"
#include "wire/monitor_request.h"

namespace troupe::net {
namespace {

using wire::Frame;
using wire::FrameKind;

// Bytes of another shape would throw where a handler, or who waits for the answer, reads them.
Result<void> fits_schema(const wire::Envelope& call, wire::ShapeBook::Part part, wire::Payload& payload) {
  if (payload.empty()) return {};
  const wire::Address& target = *call.target;
  return target.sink.origin.shapes.fits(target.service, call.method, part, payload.read());
}

Error two_calls_under(std::uint64_t ticket) {
  return broke_protocol("two calls under one ticket, " + std::to_string(ticket));
}

std::size_t weight_of(std::size_t stream_bytes) { return std::max(stream_bytes, kMinStreamBytes); }

}  // namespace

Result<void> CallChannel::take(const Frame& frame, TimePoint now, wire::Bytes& out) {
  switch (frame.kind) {
    case FrameKind::call: return grant(frame.bytes, out), take_call(frame, now);
    case FrameKind::reply: return grant(frame.bytes, out), take_reply(frame);
    case FrameKind::chunk: return grant(frame.bytes, out), take_chunk(frame);
    case FrameKind::credit: return take_credit(frame);
    case FrameKind::cancel: return take_cancel(frame);
    default: break;
  }
  return broke_protocol("a " + std::string(to_string(frame.kind)) + " among calls");
}

// What is taken in is granted anew. Work that piles up behind it has limits of its own: mailboxes, and
// `max_unanswered_bytes`; holding credit back for it would stop the answers that the work may be waiting for.
void CallChannel::grant(std::size_t bytes, wire::Bytes& out) {
  const std::uint64_t more = grants_.took_in(bytes);
  if (more == 0) return;
  append_number(out, FrameKind::credit, more);
  peer_.counters.frames_out.fetch_add(1, std::memory_order_relaxed);
}

Result<void> CallChannel::take_credit(const Frame& frame) {
  auto more = read_number(frame);
  if (!more) return more.error();
  if (!credit_.granted(*more))
    return broke_protocol("it granted " + std::to_string(*more) + " bytes that were not used");
  return {};
}

Result<void> CallChannel::take_call(const Frame& frame, TimePoint now) {
  auto in = wire::read_call(frame, options_.call_clock ? options_.call_clock->now() : now);
  if (!in) return in.error();
  if (in->stream.number != 0)
    return begin(in->stream, frame,
                 {std::move(in->call), in->service, std::move(in->key), frame.header.size_bytes(), 0, 0, {}});
  return deliver(std::move(in->call), in->service, in->key, frame.header.size_bytes(), frame.payload);
}

Result<void> CallChannel::take_reply(const Frame& frame) {
  auto in = wire::read_reply(frame);
  if (!in) return in.error();
  if (in->stream.number != 0) return begin(in->stream, frame, {nullptr, 0, {}, 0, in->ticket, 0, {}});
  complete(in->ticket, std::move(in->failure), frame.payload);
  return {};
}

Result<void> CallChannel::begin(wire::Stream stream, const Frame& frame, Receiving receiving) {
  const std::string name = "stream " + std::to_string(stream.number);
  if (!frame.payload.empty()) return broke_protocol(name + " begins with a payload");
  if (stream.bytes == 0 || stream.bytes % sizeof(capnp::word) != 0 || stream.bytes > limits::kMaxMessageBytes)
    return broke_protocol(name + " is " + std::to_string(stream.bytes) + " bytes long");
  if (receiving_bytes_ + weight_of(stream.bytes) > kMaxStreamBytes)
    return broke_protocol("too many large messages at once");
  receiving.total = stream.bytes;
  const bool is_call = static_cast<bool>(receiving.call);
  const std::uint64_t ticket = is_call ? receiving.call->ticket : receiving.ticket;
  if (!receiving_.emplace(stream.number, std::move(receiving)).second) return broke_protocol(name + " begins twice");
  if (is_call && !arriving_.emplace(ticket, stream.number).second) return two_calls_under(ticket);
  receiving_bytes_ += weight_of(stream.bytes);
  return {};
}

Result<void> CallChannel::take_chunk(const Frame& frame) {
  auto number = wire::read_chunk(frame);
  if (!number) return number.error();
  auto found = receiving_.find(*number);
  if (found == receiving_.end()) return broke_protocol("a chunk of no stream, " + std::to_string(*number));
  Receiving& r = found->second;
  if (frame.payload.empty() || frame.payload.size() > r.total - r.bytes.size())
    return broke_protocol("a chunk of " + std::to_string(frame.payload.size()) + " bytes where " +
                          std::to_string(r.total - r.bytes.size()) + " are missing");
  // Memory grows with what came, not with what was announced: what is reserved and not written costs none. Growing by
  // doubling would hold this thread for a copy of all that came.
  if (r.bytes.empty()) r.bytes.reserve(r.total);
  r.bytes.insert(r.bytes.end(), frame.payload.begin(), frame.payload.end());
  if (r.bytes.size() < r.total) return {};
  Receiving whole = std::move(r);
  receiving_.erase(found);
  receiving_bytes_ -= weight_of(whole.total);
  if (whole.call) arriving_.erase(whole.call->ticket);
  if (whole.call) return deliver(std::move(whole.call), whole.service, whole.key, whole.header_bytes, whole.bytes);
  complete(whole.ticket, nullptr, whole.bytes);
  return {};
}

Result<void> CallChannel::deliver(wire::EnvelopePtr call, std::uint64_t service, const std::string& key,
                                  std::size_t header_bytes, std::span<const char> payload) {
  if (call->settled()) return {};  // cancelled before all of it was here
  const auto too_much = [this](std::size_t number, const char* what) {
    return Error(ErrorKind::overloaded, "node " + options_.node + " has " + std::to_string(number) + what +
                                            " from node " + peer_.node + ", and takes no more")
        .retry_after(kRetryAfter);
  };
  // What ends a watch makes less of all that.
  const wire::MonitorRequest* watch = wire::watch_of(*call);
  const bool bounded = !watch || watch->begins;
  if (watch && watch->begins && watches_.size() >= options_.max_calls)
    return turn_away(std::move(call), too_much(watches_.size(), " watches"));
  if (bounded && unanswered_calls_ >= options_.max_calls)
    return turn_away(std::move(call), too_much(unanswered_calls_, " unanswered calls"));
  // As at the sender: what is let in while there is room for a part of it is never too large for ever.
  if (bounded && unanswered_bytes_ >= options_.max_unanswered_bytes)
    return turn_away(std::move(call), too_much(unanswered_bytes_, " bytes of unanswered calls"));
  if (auto read = wire::read_payload(payload, call->params); !read)
    return turn_away(std::move(call), Error(ErrorKind::invalid, read.error().message()));
  auto target = events_.resolve(peer_.id, service, key);
  if (!target) return turn_away(std::move(call), target.error());
  call->target = std::move(target).value();
  if (auto fits = fits_schema(*call, wire::ShapeBook::Part::params, call->params); !fits.ok())
    return turn_away(std::move(call), Error(ErrorKind::invalid,
                                            "its parameters from node " + peer_.node + ": " + fits.error().message()));
  call->reply_to = way_back_;
  const std::size_t bytes = kEnvelopeBytes + header_bytes + wire::payload_bytes(call->params);
  if (!incoming_.try_emplace(call->ticket, Incoming{call, bytes}).second) return two_calls_under(call->ticket);
  unanswered_bytes_ += bytes;
  peer_.counters.unanswered_calls.store(++unanswered_calls_, std::memory_order_relaxed);
  note_watch(*call);
  events_.on_call(peer_.id, std::move(call));
  return {};
}

void CallChannel::note_watch(const wire::Envelope& call) {
  const wire::MonitorRequest* watch = wire::watch_of(call);
  if (!watch) return;
  if (watch->begins) {
    watches_.emplace(call.id, call.target);
  } else {
    watches_.erase(call.id);
  }
}

// Nothing of the peer can be told any more, and what is linked to its actors must know.
void CallChannel::end_watches(LinkEnd how) {
  const bool stopped = how == LinkEnd::goodbye;
  const auto reason = stopped ? DownReason::stopped : DownReason::node_lost;
  const std::string why = stopped ? "node " + peer_.node + " stopped" : "the link to node " + peer_.node + " was lost";
  for (auto& [id, target] : std::exchange(watches_, {})) {
    auto call = wire::end_of_watch(std::move(target), id, {.watcher_down = reason, .why = why});
    events_.on_call(peer_.id, std::move(call));
  }
}

// The caller over there has ended the call: nobody is to be answered.
Result<void> CallChannel::take_cancel(const Frame& frame) {
  auto ticket = read_number(frame);
  if (!ticket) return ticket.error();
  const auto at = incoming_.find(*ticket);
  if (at == incoming_.end()) {
    if (const auto stream = arriving_.find(*ticket); stream != arriving_.end())
      (void)receiving_.at(stream->second).call->settle();
    return {};
  }
  const wire::EnvelopePtr call = std::move(at->second.call);
  unanswered_bytes_ -= at->second.bytes;
  peer_.counters.unanswered_calls.store(--unanswered_calls_, std::memory_order_relaxed);
  incoming_.erase(at);
  if (call->settle()) call->target->sink.cancel(call);
  return {};
}

void CallChannel::complete(std::uint64_t ticket, std::unique_ptr<Error> failure, std::span<const char> payload) {
  wire::EnvelopePtr call = remove_pending(ticket);
  if (!call) {
    peer_.counters.unmatched_replies.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  if (call->settled()) return;
  if (const auto* said = dynamic_cast<const wire::WrongOwner*>(failure.get()))
    return events_.on_wrong_owner(peer_.id, std::move(call), *said);
  call->results.clear();
  if (failure) {
    call->error = std::move(failure);
  } else {
    auto taken = wire::read_payload(payload, call->results);
    if (taken.ok()) taken = fits_schema(*call, wire::ShapeBook::Part::results, call->results);
    call->error.reset();
    if (!taken.ok()) {
      call->results.clear();
      call->error = std::make_unique<Error>(ErrorKind::corrupt,
                                            "the results from node " + peer_.node + ": " + taken.error().message());
      call->error->may_have_run(true);
    }
  }
  wire::answer(std::move(call));
}

}  // namespace troupe::net

// The headers of frames: built in a scratch buffer of known size, read under strict limits.
#include <capnp/serialize.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "troupe/service.h"
#include "troupe/wire.capnp.h"
#include "wire/actor_name.h"
#include "wire/delivery_header.h"
#include "wire/frame.h"
#include "wire/header_io.h"
#include "wire/monitor_request.h"
#include "wire/wrong_owner.h"

namespace troupe::wire {
namespace {

constexpr std::uint32_t kNoDeadline = std::numeric_limits<std::uint32_t>::max();
// The passengers, which are the last pointers of a call: the trace, and who is asking.
constexpr std::size_t kTraceWords = (TraceContext::kBytes + 7) / 8;
constexpr std::uint16_t kCallPointers = 6;
static_assert(header::Call::_capnpPrivate::pointerCount == kCallPointers);
constexpr std::size_t kMostCallerWords =
    header::Caller::_capnpPrivate::dataWordSize + header::Caller::_capnpPrivate::pointerCount +
    text_words(limits::kMaxCallerNameBytes) + 2 * text_words(limits::kMaxCallerWordsBytes);
// The longest header there is: a message's, or a watch's, with a chain of callers.
static_assert(kStructWords + text_words(limits::kMaxActorKeyBytes) +
                  limits::kMaxCallDepth * (3 + text_words(kMaxHopText)) + 1 + 16 + kTraceWords + kMostCallerWords +
                  text_words(kMaxActorNameBytes) + text_words(limits::kMaxCrashText) <=
              kMaxHeaderWords);

std::uint32_t retry_after_ms(const Error& error) {
  constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(error.retry_after().count(), 0, most));
}

std::uint32_t remaining_ms(TimePoint deadline, TimePoint now) {
  if (deadline == TimePoint{}) return kNoDeadline;
  if (deadline <= now) return 0;
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(deadline - now).count();
  return static_cast<std::uint32_t>(std::min<std::int64_t>(ms, kNoDeadline - 1));
}

// Calls `hop(id, service, key)` or `hop(id, actor)` for each caller above, nearest first, until it returns false.
template <class Visit>
void each_caller(const Envelope& call, Visit&& visit) {
  const Envelope* at = &call;
  for (; at->parent; at = at->parent.get())
    if (!visit(at->parent->id, std::string_view(at->parent->target->service.name), std::string_view("/"),
               std::string_view(at->parent->target->key)))
      return;
  if (!at->remote_chain) return;
  for (const Hop& hop : *at->remote_chain)
    if (!visit(hop.id, std::string_view(hop.actor), std::string_view(), std::string_view())) return;
}

struct ChainSize {
  std::uint32_t hops = 0;
  std::size_t words = 0;
};

ChainSize chain_size(const Envelope& call) {
  ChainSize out;
  each_caller(call, [&](const RequestId&, std::string_view a, std::string_view b, std::string_view c) {
    if (out.hops == limits::kMaxCallDepth) return false;
    ++out.hops;
    out.words += 3 + text_words(std::min(a.size() + b.size() + c.size(), kMaxHopText));
    return true;
  });
  if (out.hops > 0) ++out.words;  // the list's tag
  return out;
}

void fill_chain(capnp::List<header::Hop>::Builder chain, const Envelope& call) {
  capnp::uint i = 0;
  each_caller(call, [&](const RequestId& id, std::string_view a, std::string_view b, std::string_view c) {
    if (i == chain.size()) return false;
    auto hop = chain[i++];
    hop.setIdHi(id.hi);
    hop.setIdLo(id.lo);
    const std::size_t n = std::min(a.size() + b.size() + c.size(), kMaxHopText);
    auto into = hop.initActor(static_cast<capnp::uint>(n));
    std::size_t at = 0;
    for (auto part : {a, b, c}) {
      part = part.substr(0, n - at);
      std::copy(part.begin(), part.end(), into.begin() + at);
      at += part.size();
    }
    return true;
  });
}

std::size_t passenger_words(const Envelope& call) {
  if (!call.caller) return kTraceWords;
  const Caller& caller = call.caller->caller();
  return kTraceWords + kMostCallerWords - text_words(limits::kMaxCallerNameBytes) -
         2 * text_words(limits::kMaxCallerWordsBytes) + text_words(caller.name.size()) +
         text_words(caller.roles.size()) + text_words(caller.scopes.size());
}

// How many of a call's pointers are written.
std::uint16_t pointers_of(const Envelope& call) {
  if (call.caller) return kCallPointers;
  return static_cast<std::uint16_t>(call.trace ? kCallPointers - 1 : kCallPointers - 2);
}

void fill_passengers(header::Call::Builder into, const Envelope& call) {
  if (call.trace) {
    const auto trace = call.trace->context().bytes();
    into.setTrace({trace.data(), trace.size()});
  }
  if (!call.caller) return;
  const Caller& caller = call.caller->caller();
  auto out = into.initCaller();
  out.setName({caller.name.c_str(), caller.name.size()});
  out.setRoles({caller.roles.c_str(), caller.roles.size()});
  out.setScopes({caller.scopes.c_str(), caller.scopes.size()});
  out.setOutside(call.from_outside);
}

// Null: who is asking is not described as it may be.
CallerPtr caller_from(header::Caller::Reader from) {
  Caller caller{std::string(view(from.getName())), std::string(view(from.getRoles())),
                std::string(view(from.getScopes()))};
  return check_caller(caller).ok() ? make_counted<SharedCaller>(std::move(caller)) : nullptr;
}

}  // namespace

void append(Bytes& out, FrameKind kind, const Beat& beat) {
  append_header<header::Beat>(out, kind, kStructWords, 0, [&](header::Beat::Builder h) {
    h.setStamp(beat.stamp);
    h.setClock(beat.clock);
  });
}

void append_number(Bytes& out, FrameKind kind, std::uint64_t number) {
  append_header<header::Credit>(out, kind, kStructWords, 0, [&](header::Credit::Builder h) { h.setBytes(number); });
}

void append_call(Bytes& out, Envelope& call, const OutgoingCall& as, TimePoint now, Stream stream) {
  const ChainSize chain = chain_size(call);
  const std::string& key = call.target->key;
  PayloadBytes payload(call.params);
  const std::size_t here = stream.number ? 0 : payload.left();
  const MonitorRequest* watch = wire::watch_of(call);
  append_header<header::Call>(
      out, FrameKind::call,
      kStructWords + text_words(key.size()) + chain.words + delivery_words(call) + passenger_words(call), here,
      [&](header::Call::Builder h) {
        h.setTicket(as.ticket);
        h.setIdHi(call.id.hi);
        h.setIdLo(call.id.lo);
        h.setService(call.target->service_id);
        h.setMethod(call.method);
        h.setDepth(call.depth);
        h.setAttempt(call.attempt);
        h.setRemainingMs(remaining_ms(call.deadline, now));
        h.setStream(stream.number);
        h.setStreamBytes(stream.bytes);
        h.setFirstSentMs(as.first_sent_ms.value_or(call.first_sent_ms));
        h.setKey({key.c_str(), key.size()});  // which may hold zeros
        if (chain.hops) fill_chain(h.initChain(chain.hops), call);
        if (watch) {
          fill_watch(h.initWatch(), *watch);
        } else if (const DurableMessage* message = message_of(call)) {
          fill_message(h.initMessage(), *message);
        }
        fill_passengers(h, call);
      },
      pointers_of(call));
  payload.take(out, here);
}

void append_reply(Bytes& out, Envelope& call, Stream stream) {
  if (call.error) {
    const Error& e = *call.error;
    const std::string_view code = std::string_view(e.code()).substr(0, kMaxNameBytes);
    const std::string_view message = std::string_view(e.message()).substr(0, kMaxErrorText);
    const auto* elsewhere = dynamic_cast<const WrongOwner*>(&e);
    const std::string_view owner = elsewhere ? std::string_view(elsewhere->owner()) : std::string_view();
    std::string keep;
    append_header<header::Reply>(
        out, FrameKind::reply,
        kStructWords + text_words(code.size()) + text_words(message.size()) + text_words(owner.size()), 0,
        [&](header::Reply::Builder h) {
          h.setTicket(call.ticket);
          auto failure = h.initFailure();
          failure.setKind(static_cast<std::uint8_t>(e.kind()));
          failure.setMayHaveRun(e.may_have_run());
          failure.setRetryAfterMs(retry_after_ms(e));
          failure.setCode(text(code, keep));
          failure.setMessage(text(message, keep));
          if (!elsewhere) return;
          failure.setOwner(text(owner, keep));
          failure.setOwnerEpoch(elsewhere->epoch());
        });
    return;
  }
  PayloadBytes payload(call.results);
  const std::size_t here = stream.number ? 0 : payload.left();
  append_header<header::Reply>(out, FrameKind::reply, kStructWords, here, [&](header::Reply::Builder h) {
    h.setTicket(call.ticket);
    h.setStream(stream.number);
    h.setStreamBytes(stream.bytes);
  });
  payload.take(out, here);
}

void append_chunk(Bytes& out, std::uint32_t stream, PayloadBytes& from, std::size_t max_bytes) {
  const std::size_t n = std::min(from.left(), max_bytes);
  append_header<header::Chunk>(out, FrameKind::chunk, kStructWords, n,
                               [&](header::Chunk::Builder h) { h.setStream(stream); });
  from.take(out, n);
}

void append_piece(Bytes& out, std::uint64_t left, std::span<const char> piece) {
  append_header<header::Piece>(out, FrameKind::message, kStructWords, piece.size(),
                               [&](header::Piece::Builder h) { h.setLeft(left); });
  out.insert(out.end(), piece.begin(), piece.end());
}

Result<std::uint64_t> read_piece(const Frame& frame) {
  return read_header<header::Piece>(frame,
                                    [&](header::Piece::Reader h) -> Result<std::uint64_t> { return h.getLeft(); });
}

Result<Beat> read_beat(const Frame& frame) {
  return read_header<header::Beat>(frame, [&](header::Beat::Reader h) -> Result<Beat> {
    return Beat{h.getStamp(), h.getClock()};
  });
}

Result<std::uint64_t> read_number(const Frame& frame) {
  return read_header<header::Credit>(frame,
                                     [&](header::Credit::Reader h) -> Result<std::uint64_t> { return h.getBytes(); });
}

Result<IncomingCall> read_call(const Frame& frame, TimePoint now) {
  return read_header<header::Call>(frame, [&](header::Call::Reader h) -> Result<IncomingCall> {
    const auto key = h.getKey();
    if (key.size() > limits::kMaxActorKeyBytes) return bad_header(frame, "the actor's key is too long");
    IncomingCall out{
        make_counted<Envelope>(), h.getService(), std::string(view(key)), {h.getStream(), h.getStreamBytes()}};
    Envelope& call = *out.call;
    call.ticket = h.getTicket();
    call.id = {h.getIdHi(), h.getIdLo()};
    call.method = h.getMethod();
    call.depth = h.getDepth();
    call.attempt = h.getAttempt();
    call.first_sent_ms = h.getFirstSentMs();
    if (const auto ms = h.getRemainingMs(); ms != kNoDeadline)
      call.deadline = later(now, std::chrono::milliseconds(ms));
    if (!call.id.is_set()) return bad_header(frame, "the request id is missing");
    if (call.attempt == 0) return bad_header(frame, "attempts count from 1");
    if (call.depth > limits::kMaxCallDepth) return bad_header(frame, "the chain of calls is too deep");

    if (h.hasMessage()) {
      const auto message = h.getMessage();
      if (message.getSender().size() > kMaxActorNameBytes) return bad_header(frame, "the name of a sender is too long");
      if (message.getSequence() == 0 || message.getAfter() >= message.getSequence())
        return bad_header(frame, "a durable message has no place in its channel");
      call.delivery = std::make_unique<Delivery>(message_from(message));
    }

    if (h.hasWatch()) {
      const auto watch = h.getWatch();
      if (h.hasMessage()) return bad_header(frame, "a durable message and a watch at once");
      if (watch.getWatcher().size() > kMaxActorNameBytes) return bad_header(frame, "the name of a watcher is too long");
      if (watch.getWhy().size() > limits::kMaxCrashText)
        return bad_header(frame, "why a watcher went down is too long");
      if (watch.getWatcherDown() > static_cast<int>(DownReason::unwatched))
        return bad_header(frame, "there is no reason of number " + std::to_string(watch.getWatcherDown()));
      call.delivery = std::make_unique<Delivery>(watch_from(watch));
    }

    if (h.hasTrace()) {
      const auto trace = h.getTrace();
      call.trace = SharedTrace::of(TraceContext::of_bytes({trace.begin(), trace.size()}));
    }

    if (h.hasCaller()) {
      call.caller = caller_from(h.getCaller());
      if (!call.caller) return bad_header(frame, "who is asking has a name, roles or scopes that are too long");
      call.from_outside = h.getCaller().getOutside();
    }

    const auto chain = h.getChain();
    if (chain.size() > limits::kMaxCallDepth) return bad_header(frame, "the chain of callers is too long");
    if (chain.size() == 0) return out;
    call.remote_chain = std::make_unique<std::vector<Hop>>();
    call.remote_chain->reserve(chain.size());
    for (auto hop : chain) {
      const auto actor = hop.getActor();
      if (actor.size() > kMaxHopText) return bad_header(frame, "the name of a caller is too long");
      call.remote_chain->push_back({{hop.getIdHi(), hop.getIdLo()}, std::string(view(actor))});
    }
    return out;
  });
}

Result<IncomingReply> read_reply(const Frame& frame) {
  return read_header<header::Reply>(frame, [&](header::Reply::Reader h) -> Result<IncomingReply> {
    IncomingReply out;
    out.ticket = h.getTicket();
    out.stream = {h.getStream(), h.getStreamBytes()};
    if (!h.hasFailure()) return out;
    if (out.stream.number || !frame.payload.empty()) return bad_header(frame, "results and a failure at once");
    const auto failure = h.getFailure();
    if (failure.getKind() < static_cast<int>(ErrorKind::refused) ||
        failure.getKind() > static_cast<int>(ErrorKind::cancelled))
      return bad_header(frame, "there is no error of kind " + std::to_string(failure.getKind()));
    if (failure.getCode().size() > kMaxNameBytes || failure.getMessage().size() > kMaxErrorText)
      return bad_header(frame, "the error's text is too long");
    const auto kind = static_cast<ErrorKind>(failure.getKind());
    if (failure.hasOwner()) {
      if (kind != ErrorKind::unavailable || failure.getOwner().size() > kMaxNameBytes)
        return bad_header(frame, "no node is named where the owner of an actor should be");
      out.failure = std::make_unique<WrongOwner>(std::string(view(failure.getMessage())),
                                                 std::string(view(failure.getOwner())), failure.getOwnerEpoch());
    } else {
      out.failure =
          std::make_unique<Error>(kind, std::string(view(failure.getCode())), std::string(view(failure.getMessage())));
    }
    out.failure->may_have_run(failure.getMayHaveRun());
    out.failure->retry_after(std::chrono::milliseconds(failure.getRetryAfterMs()));
    return out;
  });
}

Result<std::uint32_t> read_chunk(const Frame& frame) {
  return read_header<header::Chunk>(frame,
                                    [&](header::Chunk::Reader h) -> Result<std::uint32_t> { return h.getStream(); });
}

}  // namespace troupe::wire

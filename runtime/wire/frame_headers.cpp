// The headers of frames: built in a scratch buffer of known size, read under strict limits.
#include <capnp/serialize.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "troupe/service.h"
#include "troupe/wire.capnp.h"
#include "wire/delivery_header.h"
#include "wire/frame.h"
#include "wire/watch.h"

namespace troupe::wire {
namespace {

constexpr std::uint32_t kNoDeadline = std::numeric_limits<std::uint32_t>::max();
// Root pointer and the largest of the structs.
constexpr std::size_t kStructWords = 19;
constexpr std::size_t kMaxHopText = 320;

std::uint32_t retry_after_ms(const Error& error) {
  constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(error.retry_after().count(), 0, most));
}

constexpr std::size_t text_words(std::size_t bytes) { return (bytes + 8) / 8; }

void append_raw(Bytes& out, const void* from, std::size_t n) {
  const auto* p = static_cast<const char*>(from);
  out.insert(out.end(), p, p + n);
}

// Appends prelude and header. `words` is an upper bound of what `fill` needs; `payload` bytes will follow.
template <class Struct, class Fill>
void append_header(Bytes& out, FrameKind kind, std::size_t words, std::size_t payload, Fill&& fill) {
  constexpr std::size_t kScratchWords = 64;
  alignas(8) char scratch[kScratchWords * sizeof(capnp::word)];
  std::vector<std::uint64_t> heap;
  auto* space = reinterpret_cast<capnp::word*>(scratch);
  if (words <= kScratchWords) {
    std::memset(scratch, 0, words * sizeof(capnp::word));
  } else {
    heap.resize(words);
    space = reinterpret_cast<capnp::word*>(heap.data());
  }
  capnp::FlatMessageBuilder builder(kj::arrayPtr(space, words));
  fill(builder.template initRoot<Struct>());
  const std::size_t used = builder.getSegmentsForOutput()[0].size();

  const auto length = static_cast<std::uint32_t>(used * sizeof(capnp::word) + payload);
  const auto kind_byte = static_cast<std::uint8_t>(kind);
  const auto header_words = static_cast<std::uint16_t>(used);
  char prelude[kPreludeBytes] = {};
  std::memcpy(prelude, &length, 4);
  std::memcpy(prelude + 4, &kind_byte, 1);
  std::memcpy(prelude + 6, &header_words, 2);
  append_raw(out, prelude, sizeof prelude);
  append_raw(out, space, used * sizeof(capnp::word));
}

// Runs `read` on the frame's header; whatever Cap'n Proto finds wrong is `corrupt`.
template <class Struct, class Read>
auto read_header(const Frame& frame, Read&& read) -> decltype(read(typename Struct::Reader{})) {
  try {
    const kj::ArrayPtr<const capnp::word> segment(frame.header.data(), frame.header.size());
    capnp::SegmentArrayMessageReader message(kj::arrayPtr(&segment, 1),
                                             capnp::ReaderOptions{2 * frame.header.size() + 64, 8});
    return read(message.getRoot<Struct>());
  } catch (const kj::Exception& e) {
    return Error(ErrorKind::corrupt, "the header of a " + std::string(to_string(frame.kind)) +
                                         " frame is malformed: " + e.getDescription().cStr());
  }
}

Error bad_header(const Frame& frame, const std::string& why) {
  return Error(ErrorKind::corrupt, "the header of a " + std::string(to_string(frame.kind)) + " frame: " + why);
}

std::string_view view(capnp::Text::Reader text) { return {text.cStr(), text.size()}; }
capnp::Text::Reader text(std::string_view s, std::string& keep) {
  keep.assign(s);
  return {keep.c_str(), keep.size()};
}

bool too_long(std::initializer_list<capnp::Text::Reader> names) {
  return std::any_of(names.begin(), names.end(), [](auto n) { return n.size() > kMaxNameBytes; });
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

}  // namespace

void append(Bytes& out, const Hello& hello) {
  const std::size_t words =
      kStructWords + text_words(hello.cluster.size()) + text_words(hello.node.size()) + text_words(hello.peer.size());
  append_header<header::Hello>(out, FrameKind::hello, words, 0, [&](header::Hello::Builder h) {
    h.setMagic(hello.magic);
    h.setVersion(hello.version);
    h.setCluster(hello.cluster);
    h.setNode(hello.node);
    h.setPeer(hello.peer);
    h.setIncarnation(hello.incarnation);
    h.setMembershipHash(hello.membership_hash);
    h.setWindow(hello.window);
    h.setClock(hello.clock);
  });
}

void append(Bytes& out, const Welcome& welcome) {
  append_header<header::Welcome>(out, FrameKind::welcome, kStructWords + text_words(welcome.node.size()), 0,
                                 [&](header::Welcome::Builder h) {
                                   h.setNode(welcome.node);
                                   h.setIncarnation(welcome.incarnation);
                                   h.setWindow(welcome.window);
                                   h.setClock(welcome.clock);
                                 });
}

void append_reason(Bytes& out, FrameKind kind, std::string_view reason) {
  reason = reason.substr(0, kMaxErrorText / 2);
  std::string keep;
  append_header<header::Refuse>(out, kind, kStructWords + text_words(reason.size()), 0,
                                [&](header::Refuse::Builder h) { h.setReason(text(reason, keep)); });
}

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
  const Watch* watch = wire::watch_of(call);
  append_header<header::Call>(out, FrameKind::call,
                              kStructWords + text_words(key.size()) + chain.words + delivery_words(call), here,
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
                                } else if (call.delivery) {
                                  fill_message(h.initMessage(), *call.delivery);
                                }
                              });
  payload.take(out, here);
}

void append_reply(Bytes& out, Envelope& call, Stream stream) {
  if (call.error) {
    const Error& e = *call.error;
    const std::string_view code = std::string_view(e.code()).substr(0, kMaxNameBytes);
    const std::string_view message = std::string_view(e.message()).substr(0, kMaxErrorText);
    std::string keep;
    append_header<header::Reply>(out, FrameKind::reply,
                                 kStructWords + text_words(code.size()) + text_words(message.size()), 0,
                                 [&](header::Reply::Builder h) {
                                   h.setTicket(call.ticket);
                                   auto failure = h.initFailure();
                                   failure.setKind(static_cast<std::uint8_t>(e.kind()));
                                   failure.setMayHaveRun(e.may_have_run());
                                   failure.setRetryAfterMs(retry_after_ms(e));
                                   failure.setCode(text(code, keep));
                                   failure.setMessage(text(message, keep));
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

Result<Hello> read_hello(const Frame& frame) {
  return read_header<header::Hello>(frame, [&](header::Hello::Reader h) -> Result<Hello> {
    // First, so that a stranger is told apart from another version's hello.
    Hello out;
    out.magic = h.getMagic();
    out.version = h.getVersion();
    if (out.magic != kMagic || out.version != kProtocolVersion) return out;
    if (too_long({h.getCluster(), h.getNode(), h.getPeer()})) return bad_header(frame, "a name is too long");
    out.cluster = view(h.getCluster());
    out.node = view(h.getNode());
    out.peer = view(h.getPeer());
    out.incarnation = h.getIncarnation();
    out.membership_hash = h.getMembershipHash();
    out.window = h.getWindow();
    out.clock = h.getClock();
    return out;
  });
}

Result<Welcome> read_welcome(const Frame& frame) {
  return read_header<header::Welcome>(frame, [&](header::Welcome::Reader h) -> Result<Welcome> {
    if (too_long({h.getNode()})) return bad_header(frame, "a name is too long");
    return Welcome{std::string(view(h.getNode())), h.getIncarnation(), h.getWindow(), h.getClock()};
  });
}

Result<std::string> read_reason(const Frame& frame) {
  return read_header<header::Refuse>(frame, [&](header::Refuse::Reader h) -> Result<std::string> {
    return std::string(view(h.getReason()).substr(0, kMaxErrorText));
  });
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
      if (message.getSender().size() > kMaxHopText) return bad_header(frame, "the name of a sender is too long");
      if (message.getSequence() == 0 || message.getAfter() >= message.getSequence())
        return bad_header(frame, "a durable message has no place in its channel");
      call.delivery = message_of(message);
    }

    if (h.hasWatch()) {
      const auto watch = h.getWatch();
      if (h.hasMessage()) return bad_header(frame, "a durable message and a watch at once");
      if (watch.getWatcher().size() > kMaxHopText) return bad_header(frame, "the name of a watcher is too long");
      if (watch.getWhy().size() > limits::kMaxCrashText)
        return bad_header(frame, "why a watcher went down is too long");
      if (watch.getWatcherDown() > static_cast<int>(DownReason::unwatched))
        return bad_header(frame, "there is no reason of number " + std::to_string(watch.getWatcherDown()));
      call.delivery = watch_from(watch);
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
    out.failure =
        std::make_unique<Error>(static_cast<ErrorKind>(failure.getKind()), std::string(view(failure.getCode())),
                                std::string(view(failure.getMessage())));
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

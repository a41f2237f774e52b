// Frames: what travels on a link. Writes calls, answers and the link's own words straight into a byte
// buffer, and takes a stream of bytes, cut anywhere, apart again.
//
//   0        4     5      6             8                    8 + 8*header      8 + length
//   | length | kind| flags| header words| header (capnp)     | payload         |
//
// Little-endian; `length` counts what follows the prelude and is a multiple of 8. Nothing that a peer sends
// is trusted: lengths are checked before memory is taken, headers before they are believed. Who may say what
// and when is the link's business. See runtime/doc/wire_format.md.
#pragma once

#include <capnp/common.h>

#include <array>
#include <bitset>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "wire/envelope.h"
#include "wire/protocol.h"

namespace troupe::wire {

enum class FrameKind : std::uint8_t {
  hello = 1,
  welcome = 2,
  refuse = 3,
  call = 4,
  reply = 5,
  chunk = 6,
  credit = 7,
  ping = 8,
  pong = 9,
  goodbye = 10,
  cancel = 11,
  challenge = 12,
  proof = 13,
  message = 14,
  moves = 64,  // of links that have kMovingLinks
};
// The kinds up to here belong to the handshake, to the link itself and to calls. Those of each further channel follow,
// and are taken only on links that have the channel.
inline constexpr FrameKind kLastKindOfEveryLink = FrameKind::proof;
[[nodiscard]] std::string_view to_string(FrameKind kind) noexcept;

inline constexpr std::uint64_t kMagic = 0x0a65'7075'6f72'5400;  // "\0Troupe\n"
inline constexpr std::size_t kPreludeBytes = 8;
// A header: a chain of kMaxCallDepth hops fits.
inline constexpr std::size_t kMaxHeaderWords = 4096;
// A longer payload is sent in chunks of this, so that a small call waits for 64 KiB at most.
inline constexpr std::size_t kChunkBytes = 64u << 10;
using limits::kMaxErrorText;
inline constexpr std::size_t kMaxNameBytes = limits::kMaxNodeNameBytes;

using Bytes = std::vector<char>;

// A frame as it came in; valid during the call that hands it over.
struct Frame {
  FrameKind kind{};
  std::span<const capnp::word> header;
  std::span<const char> payload;
  std::size_t bytes = 0;  // on the wire, prelude included
};

class FrameSink {
 public:
  // An error stops the parser; the connection is to be cut.
  virtual Result<void> on_frame(const Frame& frame) = 0;

 protected:
  ~FrameSink() = default;
};

// Takes slices of a byte stream and hands out the frames in it. One thread. After an error it is spent.
class FrameParser {
 public:
  explicit FrameParser(std::size_t max_frame = limits::kMaxFrameBytes) : max_frame_(max_frame) {}
  void max_frame(std::size_t bytes) noexcept { max_frame_ = bytes; }
  // Kinds beside those of every link. Whether they have a payload is for their channel to judge.
  void also_takes(std::span<const FrameKind> kinds) noexcept;
  Result<void> feed(std::span<const char> slice, FrameSink& sink);
  // Memory held for a frame that is not complete yet.
  [[nodiscard]] std::size_t held_bytes() const noexcept { return partial_.capacity(); }

 private:
  Result<std::size_t> checked_length(const char* prelude) const;
  Result<void> hand_out(const char* at, std::size_t length, FrameSink& sink);

  std::size_t max_frame_;
  std::bitset<256> more_kinds_;
  Bytes partial_;
  std::vector<std::uint64_t> header_;  // capnp::word cannot be moved, as a growing vector would
};

// --- the handshake ---

using Nonce = std::array<unsigned char, 32>;
using Mac = std::array<unsigned char, 32>;

struct Hello {
  std::uint64_t magic = kMagic;
  std::string cluster;
  std::string node;
  std::string peer;
  Incarnation incarnation = 0;
  std::uint64_t membership_hash = 0;
  std::uint64_t window = 0;
  std::uint64_t clock = 0;
  Nonce nonce{};
  bool has_secret = false;
  bool moves = false;  // the connection is to take over the link that the two have
  Offer protocol{};
};

struct Challenge {
  std::string node;
  Incarnation incarnation = 0;
  std::uint64_t window = 0;
  std::uint64_t clock = 0;
  Nonce nonce{};
  bool has_secret = false;
  Offer protocol{};
};

void append(Bytes& out, const Hello& hello);
void append(Bytes& out, const Challenge& challenge);
// `kind`: proof or welcome, which have a proof and no more.
void append_proof(Bytes& out, FrameKind kind, const Mac& mac);
// `kind`: refuse or goodbye, which have a reason and no more.
void append_reason(Bytes& out, FrameKind kind, std::string_view reason);
// Of a stranger the magic alone; of a hello whose versions are not this build's the node and what it offers, too: they
// stand in the same place in every version.
[[nodiscard]] Result<Hello> read_hello(const Frame& frame);
[[nodiscard]] Result<Challenge> read_challenge(const Frame& frame);
[[nodiscard]] Result<Mac> read_proof(const Frame& frame);
[[nodiscard]] Result<std::string> read_reason(const Frame& frame);

// --- the link's own words ---

struct Beat {
  std::uint64_t stamp = 0;
  std::uint64_t clock = 0;
};
// `kind`: ping or pong.
void append(Bytes& out, FrameKind kind, const Beat& beat);
[[nodiscard]] Result<Beat> read_beat(const Frame& frame);
// `kind`: credit or cancel, which have one number and no more.
void append_number(Bytes& out, FrameKind kind, std::uint64_t number);
[[nodiscard]] Result<std::uint64_t> read_number(const Frame& frame);

// --- messages between nodes ---

// A piece of one, of which `left` bytes are still to come, the piece's included. Whole words.
void append_piece(Bytes& out, std::uint64_t left, std::span<const char> piece);
[[nodiscard]] Result<std::uint64_t> read_piece(const Frame& frame);

// --- calls and answers ---

// The bytes of a payload in Cap'n Proto's stream framing, taken piece by piece: a small table, then the
// segments as they are. The payload must stay as it is meanwhile.
class PayloadBytes {
 public:
  explicit PayloadBytes(Payload& payload);
  [[nodiscard]] std::size_t left() const noexcept { return left_; }
  // Appends the next `n` bytes, or what is left.
  void take(Bytes& out, std::size_t n);

 private:
  // The table, then the segments.
  [[nodiscard]] std::span<const char> piece(std::size_t index) const noexcept;

  std::uint32_t small_table_[2] = {};  // of a single segment
  std::vector<std::uint32_t> table_;   // of several
  std::span<const char> first_;
  std::vector<std::span<const char>> more_;
  std::size_t piece_ = 0;
  std::size_t offset_ = 0;
  std::size_t left_ = 0;
};

// Length of the payload on the wire; 0 for an empty one.
[[nodiscard]] std::size_t payload_bytes(Payload& payload);

// Where a payload is that does not stand in the frame itself.
struct Stream {
  std::uint32_t number = 0;  // 0: in the frame
  std::uint32_t bytes = 0;
};

// A call as the other side is to see it.
struct OutgoingCall {
  // `first_sent`: by the other node's time; nothing: as it is by this one's.
  OutgoingCall(std::uint64_t ticket_in, std::optional<std::uint64_t> first_sent = {})  // NOLINT: implicit on purpose
      : ticket(ticket_in), first_sent_ms(first_sent) {}
  std::uint64_t ticket;
  std::optional<std::uint64_t> first_sent_ms;
};

// Writes the call and its parameters, or with a stream's number the call alone.
void append_call(Bytes& out, Envelope& call, const OutgoingCall& as, TimePoint now, Stream stream = {});
// Writes what `results` and `error` hold, for the caller that knows the call as `call.ticket`.
void append_reply(Bytes& out, Envelope& call, Stream stream = {});
void append_chunk(Bytes& out, std::uint32_t stream, PayloadBytes& from, std::size_t max_bytes);

struct IncomingCall {
  EnvelopePtr call;  // all but target, reply_to, params
  std::uint64_t service = 0;
  std::string key;
  Stream stream;
};

struct IncomingReply {
  std::uint64_t ticket = 0;
  std::unique_ptr<Error> failure;
  Stream stream;
};

// `now`: this node's clock, from which the deadline counts.
[[nodiscard]] Result<IncomingCall> read_call(const Frame& frame, TimePoint now);
[[nodiscard]] Result<IncomingReply> read_reply(const Frame& frame);
[[nodiscard]] Result<std::uint32_t> read_chunk(const Frame& frame);  // the stream's number
// Copies, validates and hands over; an empty payload stays empty.
[[nodiscard]] Result<void> read_payload(std::span<const char> bytes, Payload& into);

}  // namespace troupe::wire

// Calls on a link, the channel that every link has: which call a reply belongs to, large messages in chunks, watches,
// and what becomes of it all when the link ends. The links' thread alone.
//
// Credit: each side lets the other send a window of call, reply and chunk bytes, and grants more as it takes
// them in. A sender with none left keeps its calls in the link, where they can still be given back unsent.
#pragma once

#include <deque>
#include <unordered_map>
#include <vector>

#include "base/hash_seed.h"
#include "net/channel.h"
#include "net/credit.h"
#include "net/links.h"
#include "net/peer.h"

namespace troupe::net {

// Chunks pause when this much is under way, so that small calls stay quick.
inline constexpr std::int64_t kChunkWindowBytes = 1 << 20;
// Large messages that are being put together from chunks, per link and direction. Two of the largest.
inline constexpr std::size_t kMaxStreamBytes = 2 * limits::kMaxMessageBytes;
// A message in chunks counts for so much at least: a peer may announce many, and each is remembered. Honest ones are
// longer.
inline constexpr std::size_t kMinStreamBytes = wire::kChunkBytes / 2;

class CallChannel final : public Channel {
 public:
  static constexpr wire::FrameKind kKinds[] = {wire::FrameKind::call, wire::FrameKind::reply, wire::FrameKind::chunk,
                                               wire::FrameKind::credit, wire::FrameKind::cancel};

  CallChannel(const LinkParts& link, LinkEvents& events, Ptr<Recipient> way_back);

  Result<void> take(const wire::Frame& frame, TimePoint now, wire::Bytes& out) override;
  bool pump(TimePoint now, wire::Bytes& out, std::size_t limit) override;
  // Writes a frame that was not in the peer's box, if nothing is to be written before it. False: it has to wait there.
  [[nodiscard]] bool send_now(QueuedFrame& frame, TimePoint now, wire::Bytes& out);
  Result<void> tick(TimePoint now, wire::Bytes& out) override;
  [[nodiscard]] bool drained() const noexcept override {
    return waiting_.empty() && large_.empty() && sending_.empty();
  }
  void close(LinkEnd how) override;
  // After close(): the calls that were not answered. `unsent` is what was left in the peer's box.
  [[nodiscard]] std::vector<LostCall> take_lost(std::vector<QueuedFrame> unsent);

 private:
  struct Pending {
    wire::EnvelopePtr call;   // null: a free slot
    std::uint32_t round = 0;  // so that a slot's old tickets do not match its new call
    bool whole = false;       // every byte was handed to the connection
  };
  struct Sending {  // a large message on its way out
    wire::EnvelopePtr call;
    wire::PayloadBytes bytes;
    std::uint32_t stream;
    std::size_t total;
    std::uint64_t ticket;  // of a call
    bool is_answer;
  };
  struct Receiving {         // a large message on its way in
    wire::EnvelopePtr call;  // null: a reply
    std::uint64_t service = 0;
    std::string key;
    std::size_t header_bytes = 0;  // of a call
    std::uint64_t ticket = 0;
    std::size_t total = 0;
    wire::Bytes bytes;
  };

  // in
  Result<void> take_call(const wire::Frame& frame, TimePoint now);
  Result<void> take_reply(const wire::Frame& frame);
  Result<void> take_chunk(const wire::Frame& frame);
  Result<void> take_credit(const wire::Frame& frame);
  Result<void> take_cancel(const wire::Frame& frame);
  Result<void> begin(wire::Stream stream, const wire::Frame& frame, Receiving receiving);
  // `header_bytes`: what the envelope holds beside its payload, its callers' names above all.
  Result<void> deliver(wire::EnvelopePtr call, std::uint64_t service, const std::string& key, std::size_t header_bytes,
                       std::span<const char> payload);
  void complete(std::uint64_t ticket, std::unique_ptr<Error> failure, std::span<const char> payload);
  void grant(std::size_t bytes, wire::Bytes& out);

  // out
  [[nodiscard]] bool may_write(const wire::Bytes& out, std::size_t limit) const noexcept {
    return credit_.any() && out.size() < limit;
  }
  void send_whole(QueuedFrame next, TimePoint now, wire::Bytes& out);
  void start_large(TimePoint now, wire::Bytes& out, std::size_t limit);
  bool send_chunk(wire::Bytes& out, std::size_t limit);
  void send_cancel(const wire::Envelope& call, wire::Bytes& out);
  Result<void> turn_away(wire::EnvelopePtr call, Error error);
  void answered(const QueuedFrame& answer);
  void note_watch(const wire::Envelope& call);
  void end_watches(LinkEnd how);
  [[nodiscard]] bool gave_up(const QueuedFrame& next, TimePoint now);
  void wrote(std::size_t bytes) noexcept;
  void left_for(const wire::Envelope& call) const noexcept;
  void lose(wire::EnvelopePtr call, bool may_have_left);
  void lose_unsent(QueuedFrame& unsent);

  // the table of pending calls
  std::uint64_t add_pending(wire::EnvelopePtr call, bool whole);
  [[nodiscard]] Pending* find_pending(std::uint64_t ticket);
  wire::EnvelopePtr remove_pending(std::uint64_t ticket);
  void sweep(wire::Bytes& out);

  Peer& peer_;
  const LinkOptions& options_;
  const PeerClock& clock_;
  LinkEvents& events_;
  const Ptr<Recipient> way_back_;

  std::vector<Pending> pending_;
  std::vector<std::uint32_t> free_;
  std::size_t swept_ = 0;

  std::vector<QueuedFrame> taken_;
  std::deque<QueuedFrame> waiting_;
  std::deque<QueuedFrame> large_;
  std::deque<Sending> sending_;
  std::size_t sending_bytes_ = 0;
  std::uint32_t last_stream_ = 0;
  int small_in_a_row_ = 0;  // since the last chunk had its turn
  std::unordered_map<std::uint32_t, Receiving, SeededHash> receiving_;
  std::unordered_map<std::uint64_t, std::uint32_t, SeededHash> arriving_;  // calls among them, by the peer's ticket
  std::size_t receiving_bytes_ = 0;
  struct Incoming {
    wire::EnvelopePtr call;
    std::size_t bytes;
  };
  std::unordered_map<std::uint64_t, Incoming, SeededHash> incoming_;  // by the peer's ticket: taken in and not answered

  SendCredit credit_;
  ReceiveCredit grants_;
  std::size_t unanswered_bytes_ = 0;  // of calls of the peer, which limits what its sending costs here
  std::size_t unanswered_calls_ = 0;
  std::size_t turned_away_ = 0;  // calls of the peer whose refusals wait to be sent
  // What the peer's actors watch here, by the id of the watch.
  std::unordered_map<RequestId, wire::AddressPtr, SeededHash> watches_;
  std::vector<LostCall> lost_;  // of a closed channel
};

}  // namespace troupe::net

// Frames to their channels, turns to write, heartbeats and the end.
#include "net/link.h"

#include <algorithm>
#include <utility>

namespace troupe::net {

using wire::FrameKind;

Link::Link(Peer& peer, const LinkOptions& options, LinkEvents& events, Ptr<Recipient> way_back, const LinkTerms& terms,
           TimePoint now)
    : peer_(peer),
      options_(options),
      terms_(terms),
      clock_(options.time),
      calls_({peer_, options_, terms_, clock_}, events, std::move(way_back)),
      last_heard_(now),
      last_ping_(now) {
  clock_.heard(terms_.clock);
  open(calls_, CallChannel::kKinds);
  for (const ChannelOffer& offer : options_.channels) {
    if (!(terms_.protocol.features & offer.feature)) continue;
    more_.push_back(offer.open({peer_, options_, terms_, clock_}));
    open(*more_.back(), offer.kinds);
  }
}

void Link::open(Channel& channel, std::span<const FrameKind> kinds) {
  channels_.push_back(&channel);
  for (const FrameKind kind : kinds) takers_[static_cast<std::uint8_t>(kind)] = &channel;
}

std::vector<FrameKind> Link::kinds() const {
  std::vector<FrameKind> out;
  for (std::size_t kind = static_cast<std::size_t>(wire::kLastKindOfEveryLink) + 1; kind < takers_.size(); ++kind) {
    if (takers_[kind]) out.push_back(static_cast<FrameKind>(kind));
  }
  return out;
}

Result<void> Link::take(const wire::Frame& frame, TimePoint now, wire::Bytes& out) {
  last_heard_ = now;
  peer_.counters.frames_in.fetch_add(1, std::memory_order_relaxed);
  peer_.counters.bytes_in.fetch_add(frame.bytes, std::memory_order_relaxed);
  if (Channel* channel = takers_[static_cast<std::uint8_t>(frame.kind)]) return channel->take(frame, now, out);
  switch (frame.kind) {
    case FrameKind::ping: return take_ping(frame, out);
    case FrameKind::pong: return take_pong(frame);
    case FrameKind::goodbye: return take_goodbye(frame);
    default: break;
  }
  return broke_protocol("a frame of kind " + std::to_string(static_cast<int>(frame.kind)) + " (" +
                        std::string(to_string(frame.kind)) + ") in the middle");
}

Result<void> Link::take_ping(const wire::Frame& frame, wire::Bytes& out) {
  auto beat = read_beat(frame);
  if (!beat) return beat.error();
  clock_.heard(beat->clock);
  if (out.size() > kMaxUnwrittenBytes + 2 * limits::kMaxFrameBytes) return broke_protocol("it does not read");
  append(out, FrameKind::pong, wire::Beat{.stamp = beat->stamp});
  peer_.counters.frames_out.fetch_add(1, std::memory_order_relaxed);
  return {};
}

Result<void> Link::take_pong(const wire::Frame& frame) {
  auto beat = read_beat(frame);
  if (!beat) return beat.error();
  // Measured with the fine clock; nothing is decided by it.
  const auto ns = static_cast<std::uint64_t>(options_.clock->exact_now().time_since_epoch().count());
  if (beat->stamp > ns) return broke_protocol("it answers a ping that was not sent");
  peer_.counters.rtt_us.store(static_cast<std::int64_t>((ns - beat->stamp) / 1000), std::memory_order_relaxed);
  if (beat->stamp == probe_stamp_) probe_answered_ = true;
  return {};
}

Result<void> Link::take_goodbye(const wire::Frame& frame) {
  auto reason = read_reason(frame);
  if (!reason) return reason.error();
  end_ = LinkEnd::goodbye;
  return Error(ErrorKind::unavailable, "the peer said goodbye: " + *reason);
}

void Link::pump(TimePoint now, wire::Bytes& out) {
  const std::size_t first = next_;
  std::size_t before = 0;
  bool more = false;
  do {
    before = out.size();
    more = false;
    for (std::size_t i = 0; i < channels_.size(); ++i) {
      const std::size_t at = (first + i) % channels_.size();
      const bool had_room = out.size() < kMaxUnwrittenBytes;
      more |= channels_[at]->pump(now, out, std::min(out.size() + kTurnBytes, kMaxUnwrittenBytes));
      if (had_room && out.size() >= kMaxUnwrittenBytes) next_ = (at + 1) % channels_.size();
    }
  } while (more && out.size() > before);
}

Result<void> Link::tick(TimePoint now, wire::Bytes& out) {
  for (Channel* channel : channels_)
    if (auto ok = channel->tick(now, out); !ok) return ok;
  if (now - last_heard_ > options_.silence)
    return Error(ErrorKind::unavailable,
                 "node " + peer_.node + " has been silent for " +
                     std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(now - last_heard_).count()) +
                     " ms");
  if (now - last_ping_ >= options_.heartbeat) {
    last_ping_ = now;
    (void)ping(out);
  }
  return {};
}

void Link::not_listened(TimePoint now, std::chrono::nanoseconds time) noexcept {
  last_heard_ = std::min(now, later(last_heard_, time));
}

// Its stamp.
std::uint64_t Link::ping(wire::Bytes& out) {
  const auto stamp = static_cast<std::uint64_t>(options_.clock->exact_now().time_since_epoch().count());
  append(out, FrameKind::ping, wire::Beat{stamp, options_.time ? options_.time->now() : 0});
  peer_.counters.frames_out.fetch_add(1, std::memory_order_relaxed);
  return stamp;
}

void Link::probe(wire::Bytes& out) {
  probe_answered_ = false;
  probe_stamp_ = ping(out);
}

bool Link::drained() const noexcept {
  return std::all_of(channels_.begin(), channels_.end(), [](const Channel* channel) { return channel->drained(); });
}

std::vector<LostCall> Link::close(std::vector<QueuedFrame> unsent) {
  for (Channel* channel : channels_) channel->close(end_);
  return calls_.take_lost(std::move(unsent));
}

}  // namespace troupe::net

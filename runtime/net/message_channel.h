// Messages between nodes, beside calls: what the runtime itself says to another node, of any length. They travel in
// pieces, so that a long one holds up no call, and come out whole and in their order, as long as the link lasts.
//
// There is no credit in here: who sends much agrees with the receiver how much may be under way, as transfer/ does.
// What a peer may make this node keep is bounded all the same: one message of kMaxNodeMessageBytes that is not whole
// yet, and whatever NodeMessageEvents takes.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "base/limits.h"
#include "net/channel.h"
#include "net/links.h"

namespace troupe::net {

// The largest record of a store, and what stands around it.
inline constexpr std::size_t kMaxNodeMessageBytes = limits::kMaxWriteSetBytes + (std::size_t{1} << 20);

// On the links' thread, one call at a time: must not block.
class NodeMessageEvents {
 public:
  // An error: the peer broke the protocol, and its link is cut.
  virtual Result<void> on_message(PeerId from, wire::Bytes message) noexcept = 0;
  // The link is up and the peer has the channel; or what was sent to it and is not answered may be lost.
  virtual void on_messages_open(PeerId peer) noexcept = 0;
  virtual void on_messages_closed(PeerId peer) noexcept = 0;

 protected:
  ~NodeMessageEvents() = default;
};

// Of one node. Outlives its links.
class NodeMessages {
 public:
  explicit NodeMessages(NodeMessageEvents& events) : events_(events) {}
  NodeMessages(const NodeMessages&) = delete;
  NodeMessages& operator=(const NodeMessages&) = delete;

  // For LinkOptions::channels.
  [[nodiscard]] ChannelOffer offer();

  // Any thread, never blocks. `unavailable`: there is no link to it, or it speaks a version without the channel. What
  // is sent is lost with the link.
  [[nodiscard]] Result<void> send(PeerId to, wire::Bytes message);
  // Whether send() would take something. Any thread.
  [[nodiscard]] bool open(PeerId to) const;

 private:
  friend class MessageChannel;
  struct Outbox {
    std::weak_ptr<Peer> peer;
    std::deque<wire::Bytes> waiting;
  };

  NodeMessageEvents& events_;
  mutable std::mutex mutex_;
  std::map<PeerId, Outbox> open_;
};

}  // namespace troupe::net

// A message is a row of frames; each says how many bytes of it are still to come, itself included.
#include "net/message_channel.h"

#include <algorithm>
#include <utility>

#include "net/peer.h"
#include "wire/protocol.h"

namespace troupe::net {

class MessageChannel final : public Channel {
 public:
  MessageChannel(NodeMessages& node, const LinkParts& link) : node_(node), peer_(link.peer.id) {
    {
      const std::lock_guard lock(node_.mutex_);
      node_.open_[peer_] = {.peer = link.peer.weak_from_this()};
    }
    node_.events_.on_messages_open(peer_);
  }

  Result<void> take(const wire::Frame& frame, TimePoint, wire::Bytes&) override {
    auto left = wire::read_piece(frame);
    if (!left) return left.error();
    const std::size_t bytes = frame.payload.size();
    if (bytes == 0 || bytes > *left) return broke_protocol("a piece of a message is empty, or longer than its rest");
    if (rest_ == 0) {
      if (*left > kMaxNodeMessageBytes)
        return broke_protocol("a message of " + std::to_string(*left) + " bytes; " +
                              std::to_string(kMaxNodeMessageBytes) + " are allowed");
      rest_ = *left;
    }
    if (*left != rest_) return broke_protocol("a piece of a message is not the one that follows");
    partial_.insert(partial_.end(), frame.payload.begin(),
                    frame.payload.end());  // grows with what came, not as promised
    rest_ -= bytes;
    if (rest_ > 0) return {};
    return node_.events_.on_message(peer_, std::exchange(partial_, {}));
  }

  bool pump(TimePoint, wire::Bytes& out, std::size_t limit) override {
    const std::lock_guard lock(node_.mutex_);
    auto& box = node_.open_[peer_];
    while (out.size() < limit && !box.waiting.empty()) {
      const wire::Bytes& next = box.waiting.front();
      const std::size_t piece = std::min(next.size() - sent_, wire::kChunkBytes);
      wire::append_piece(out, next.size() - sent_, std::span(next).subspan(sent_, piece));
      sent_ += piece;
      if (sent_ < next.size()) continue;
      sent_ = 0;
      box.waiting.pop_front();
    }
    return !box.waiting.empty();
  }

  Result<void> tick(TimePoint, wire::Bytes&) override { return {}; }
  // A node that stops leaves them: what they were about is not through, and is gone on with later.
  [[nodiscard]] bool drained() const noexcept override { return true; }
  void close(LinkEnd) override {
    {
      const std::lock_guard lock(node_.mutex_);
      node_.open_.erase(peer_);
    }
    node_.events_.on_messages_closed(peer_);
  }

 private:
  NodeMessages& node_;
  const PeerId peer_;
  wire::Bytes partial_;     // what has come of a message
  std::uint64_t rest_ = 0;  // of it, still to come
  std::size_t sent_ = 0;    // of the first that waits
};

ChannelOffer NodeMessages::offer() {
  return {wire::kNodeMessages, {wire::FrameKind::message}, [this](const LinkParts& link) {
            return std::make_unique<MessageChannel>(*this, link);
          }};
}

Result<void> NodeMessages::send(PeerId to, wire::Bytes message) {
  if (message.empty() || message.size() % 8 != 0 || message.size() > kMaxNodeMessageBytes)
    return Error(ErrorKind::invalid, "a message to another node has " + std::to_string(message.size()) +
                                         " bytes; up to " + std::to_string(kMaxNodeMessageBytes) +
                                         " are allowed, in whole words");
  std::shared_ptr<Peer> peer;
  {
    const std::lock_guard lock(mutex_);
    const auto box = open_.find(to);
    if (box != open_.end()) peer = box->second.peer.lock();
    if (!peer)
      return Error(ErrorKind::unavailable,
                   "there is no link to peer " + std::to_string(to) + " that messages of nodes travel on");
    box->second.waiting.push_back(std::move(message));
  }
  peer->wake();
  return {};
}

bool NodeMessages::open(PeerId to) const {
  const std::lock_guard lock(mutex_);
  return open_.contains(to);
}

}  // namespace troupe::net

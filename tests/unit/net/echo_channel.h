// A channel of two kinds of frames: it asks, and the other side says the same back. What comes and goes stands in a
// book that outlives it, and which any thread may use.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "net/channel.h"
#include "net/peer.h"

namespace troupe::testing {

struct EchoKinds {
  wire::Features feature = wire::Features{1} << 40;
  wire::FrameKind ask{200};
  wire::FrameKind echo{201};
};

// A frame with a number and so many bytes behind it.
inline void append_with_payload(wire::Bytes& out, wire::FrameKind kind, std::uint64_t number, std::size_t bytes) {
  const std::size_t at = out.size();
  append_number(out, kind, number);
  out.resize(out.size() + bytes, 'e');
  std::uint32_t length;
  std::memcpy(&length, &out[at], sizeof length);
  length += static_cast<std::uint32_t>(bytes);
  std::memcpy(&out[at], &length, sizeof length);
}

class EchoBook {
 public:
  struct Word {
    std::uint64_t number = 0;
    std::size_t bytes = 0;
    bool is_echo = false;
  };
  struct Pages {
    int opened = 0;
    wire::Agreement protocol{};
    std::vector<std::uint64_t> asked;   // by the peer
    std::vector<std::uint64_t> echoed;  // by the peer, to what was asked here
    std::vector<std::uint64_t> strays;  // frames of kinds that are not the channel's
    std::vector<std::uint64_t> given_back;
    std::optional<net::LinkEnd> end;
    std::deque<Word> waiting;
  };

  // Of one node, whose links open the channel.
  net::ChannelOffer offer(EchoKinds kinds = {});

  // Any thread. `bytes` is a multiple of 8.
  void ask(std::uint64_t number, std::size_t bytes = 0) {
    std::shared_ptr<net::Peer> peer;
    {
      std::lock_guard lock(mutex_);
      pages_.waiting.push_back({number, bytes, false});
      peer = peer_.lock();
    }
    if (peer) peer->wake();
  }
  [[nodiscard]] Pages read() const {
    std::lock_guard lock(mutex_);
    return pages_;
  }
  template <class Claim>
  [[nodiscard]] bool wait(Claim claim) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return claim(pages_); });
  }

 private:
  friend class EchoChannel;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Pages pages_;
  std::weak_ptr<net::Peer> peer_;
};

class EchoChannel final : public net::Channel {
 public:
  EchoChannel(EchoBook& book, EchoKinds kinds, const net::LinkParts& link) : book_(book), kinds_(kinds) {
    note([&](EchoBook::Pages& pages) {
      ++pages.opened;
      pages.protocol = link.terms.protocol;
      book_.peer_ = link.peer.weak_from_this();
    });
  }

  Result<void> take(const wire::Frame& frame, TimePoint, wire::Bytes&) override {
    auto number = wire::read_number(frame);
    if (!number) return number.error();
    if (*number == 0) return net::broke_protocol("it asks for nothing");
    note([&](EchoBook::Pages& pages) {
      if (frame.kind == kinds_.ask) {
        pages.asked.push_back(*number);
        pages.waiting.push_back({*number, frame.payload.size(), true});
      } else {
        (frame.kind == kinds_.echo ? pages.echoed : pages.strays).push_back(*number);
      }
    });
    return {};
  }
  bool pump(TimePoint, wire::Bytes& out, std::size_t limit) override {
    std::lock_guard lock(book_.mutex_);
    auto& waiting = book_.pages_.waiting;
    for (; out.size() < limit && !waiting.empty(); waiting.pop_front()) {
      const EchoBook::Word& next = waiting.front();
      append_with_payload(out, next.is_echo ? kinds_.echo : kinds_.ask, next.number, next.bytes);
    }
    return insists || !waiting.empty();
  }
  Result<void> tick(TimePoint, wire::Bytes&) override { return fails ? Result<void>(*fails) : Result<void>(); }
  [[nodiscard]] bool drained() const noexcept override {
    std::lock_guard lock(book_.mutex_);
    return book_.pages_.waiting.empty();
  }
  void close(net::LinkEnd how) override {
    note([&](EchoBook::Pages& pages) {
      pages.end = how;
      for (const auto& word : pages.waiting) pages.given_back.push_back(word.number);
      pages.waiting.clear();
    });
  }

  // While a test wants that: what ticks bring, and that it asks for turns that it does not need.
  static inline std::optional<Error> fails;
  static inline bool insists = false;

 private:
  template <class Note>
  void note(Note&& note) {
    std::lock_guard lock(book_.mutex_);
    note(book_.pages_);
    book_.changed_.notify_all();
  }

  EchoBook& book_;
  const EchoKinds kinds_;
};

inline net::ChannelOffer EchoBook::offer(EchoKinds kinds) {
  return {kinds.feature, {kinds.ask, kinds.echo}, [this, kinds](const net::LinkParts& link) {
            return std::make_unique<EchoChannel>(*this, kinds, link);
          }};
}

}  // namespace troupe::testing

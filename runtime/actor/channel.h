// Private to the courier: the messages of one sender to one receiver, in order.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "base/limits.h"
#include "troupe/error.h"
#include "wire/envelope.h"

namespace troupe::actor {

struct Channel {
  // Messages held in memory; what else there is stays in the store.
  static constexpr std::size_t kMostHeld = 2 * limits::kMessageWindow;

  struct Message {
    std::uint64_t sequence = 0;
    std::uint64_t sent_ms = 0;       // wall clock, for looking at
    std::uint64_t first_try_ms = 0;  // of this courier; 0: it was not tried
    bool tried_before = false;       // an earlier run of the node may have
    std::string answer;              // the tag; empty: none is wanted
    wire::EnvelopePtr fresh;         // before its first try; later ones read the row
    wire::EnvelopePtr under_way;     // the call, to its receiver or with its answer to its sender
    std::uint32_t attempts = 0;      // to deliver it
    std::uint32_t tries = 0;         // that ended with an error of the other side
    bool done = false;               // its row is erased, or about to be
    wire::EnvelopePtr outcome;       // its answer, until the sender has taken it in ...
    std::unique_ptr<Error> failure;  // ... or what it ended with instead
    wire::Passengers passengers;     // of the call that was answered, for the answer
  };

  std::uint64_t number = 0;
  wire::AddressPtr sender;
  std::string to;      // "Stock/sku-1", once one was sent
  std::string prefix;  // what its rows begin with
  std::deque<Message> messages;
  std::uint64_t last_read = 0;  // the last message that is held or was
  bool behind = false;          // there are more in the store
  bool resting = false;         // until its timer comes
  std::uint32_t rests = 0;      // in a row
  std::int64_t waiting = 0;     // in the store, as far as was heard
  std::uint64_t oldest_ms = 0;
  std::string last_error;

  // The oldest message that is not done; 0: none.
  [[nodiscard]] std::uint64_t first_open() const noexcept {
    for (const auto& message : messages) {
      if (!message.done) return message.sequence;
    }
    return 0;
  }
  [[nodiscard]] Message* find(std::uint64_t sequence) noexcept {
    for (auto& message : messages) {
      if (message.sequence == sequence) return &message;
    }
    return nullptr;
  }
  [[nodiscard]] const Message* find(std::uint64_t sequence) const noexcept {
    return const_cast<Channel*>(this)->find(sequence);
  }
  void succeeded() noexcept {
    rests = 0;
    last_error.clear();
  }
};

}  // namespace troupe::actor

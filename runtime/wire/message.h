// A Cap'n Proto message that can be built in place, or read from bytes that came over a link.
//
// Small messages live inside the object: a call between two actors of one process allocates no segment.
#pragma once

#include <capnp/any.h>
#include <capnp/message.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "troupe/error.h"

namespace troupe::wire {

// A message under construction. One thread at a time; afterwards any number of readers.
class Message final : public capnp::MessageBuilder {
 public:
  Message() = default;
  // The first segment has room for so many words.
  explicit Message(std::size_t words) : first_words_(words) {}
  ~Message() noexcept override;
  kj::ArrayPtr<capnp::word> allocateSegment(capnp::uint minimum) override;
  // Memory beyond the object itself.
  [[nodiscard]] std::size_t heap_bytes() const noexcept { return grown_words_ * sizeof(capnp::word); }

 private:
  static constexpr std::size_t kInlineWords = 14;
  bool inline_used_ = false;
  std::size_t first_words_ = 0;
  std::size_t grown_words_ = 0;
  std::vector<void*> grown_;
  capnp::word inline_[kInlineWords] = {};
};

// Of a message in these segments, with their table.
[[nodiscard]] std::size_t framed_bytes(std::span<const kj::ArrayPtr<const capnp::word>> segments) noexcept;

// Bytes of a received message: owned, validated once, then read without limit.
class ReceivedMessage {
 public:
  // `bytes`: Cap'n Proto stream framing (segment table, then segments), 8-byte aligned. Walks the whole
  // message under strict limits; anything out of bounds, too deep or amplified is `invalid`.
  static Result<std::unique_ptr<ReceivedMessage>> open(std::vector<capnp::word> bytes);

  [[nodiscard]] capnp::AnyPointer::Reader root() { return reader_->getRoot<capnp::AnyPointer>(); }
  [[nodiscard]] std::span<const kj::ArrayPtr<const capnp::word>> segments() const { return segments_; }
  [[nodiscard]] std::size_t heap_bytes() const noexcept { return bytes_.size() * sizeof(capnp::word); }

 private:
  ReceivedMessage() = default;
  std::vector<capnp::word> bytes_;
  std::vector<kj::ArrayPtr<const capnp::word>> segments_;
  std::optional<capnp::SegmentArrayMessageReader> reader_;
};

// The parameters or the results of a call: nothing yet, built here, or received.
class Payload {
 public:
  // Starts (or goes on) building in place.
  [[nodiscard]] capnp::AnyPointer::Builder build() { return message().getRoot<capnp::AnyPointer>(); }
  // What was built or received; an empty payload reads as a null pointer (every field at its default).
  [[nodiscard]] capnp::AnyPointer::Reader read();
  void adopt(std::unique_ptr<ReceivedMessage> received) { received_ = std::move(received); }
  // A copy in one segment: no message with the same content is shorter.
  void copy(capnp::AnyPointer::Reader from);
  // Forgets what was built, so that a failed turn leaves no results behind.
  void clear();
  [[nodiscard]] bool empty() const noexcept { return !built_ && !received_; }
  // Memory beyond the object itself; known without a walk.
  [[nodiscard]] std::size_t heap_bytes() const noexcept {
    return (built_ ? built_->heap_bytes() : 0) + (received_ ? received_->heap_bytes() : 0);
  }
  // Its length as a frame counts it, if that is over limits::kMaxMessageBytes; 0: it is not. What never fits is told
  // where it was made, whether it was to go far or not.
  [[nodiscard]] std::size_t too_long();
  // For the wire and the store; empty for an empty payload. Valid until the next change.
  [[nodiscard]] std::span<const kj::ArrayPtr<const capnp::word>> segments();

 private:
  Message& message() {
    if (!built_) built_.emplace();
    return *built_;
  }
  std::optional<Message> built_;
  std::unique_ptr<ReceivedMessage> received_;
};

}  // namespace troupe::wire

// Bytes of a stream as Cap'n Proto messages: where one ends, and what is none. Reads no message. Its loop's thread.
//
// A frame, all numbers little-endian: the count of segments less one (4 bytes), the words of each segment (4 bytes
// each), 4 bytes more where that makes no whole word; then the segments.
#pragma once

#include <capnp/message.h>
#include <kj/array.h>

#include <cstddef>
#include <optional>

namespace troupe::rpc {

// What a message may cost to read: its own words, some times over, for it is looked at before it is copied.
[[nodiscard]] capnp::ReaderOptions reading(std::size_t message_words) noexcept;

class FrameSplitter {
 public:
  static constexpr std::size_t kMostSegments = 512;

  explicit FrameSplitter(std::size_t message_words) : message_words_(message_words) {}

  // Where the next bytes of the stream go; never empty. They count when arrived() says how many there were.
  [[nodiscard]] kj::ArrayPtr<kj::byte> room();
  void arrived(std::size_t bytes);
  // The next message that is whole, or nothing. Throws kj::Exception: too large, or none at all.
  [[nodiscard]] kj::Maybe<kj::Own<capnp::MessageReader>> next();
  // Bytes of a message that is not whole are here.
  [[nodiscard]] bool in_part() const noexcept { return body_ != nullptr || from_ < to_; }

 private:
  static constexpr std::size_t kBuffer = 4'096;

  // Of the frame that begins at `from_`: its bytes, header and all; nothing while the header is not whole.
  [[nodiscard]] std::optional<std::size_t> frame_bytes() const;
  [[nodiscard]] kj::Own<capnp::MessageReader> read(kj::Array<capnp::word> words) const;

  const std::size_t message_words_;
  kj::Array<kj::byte> buffer_;  // [from_, to_) is not split yet
  std::size_t from_ = 0;
  std::size_t to_ = 0;
  kj::Array<capnp::word> body_;  // a message that does not fit the buffer, of which `filled_` bytes are here
  std::size_t filled_ = 0;
};

}  // namespace troupe::rpc

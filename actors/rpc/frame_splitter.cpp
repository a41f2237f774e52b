#include "rpc/frame_splitter.h"

#include <capnp/serialize.h>
#include <kj/debug.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace troupe::rpc {
namespace {

std::uint32_t number_at(const kj::byte* at) noexcept {
  return static_cast<std::uint32_t>(at[0]) | static_cast<std::uint32_t>(at[1]) << 8 |
         static_cast<std::uint32_t>(at[2]) << 16 | static_cast<std::uint32_t>(at[3]) << 24;
}

}  // namespace

capnp::ReaderOptions reading(std::size_t message_words) noexcept {
  capnp::ReaderOptions options;
  options.traversalLimitInWords = 4 * static_cast<std::uint64_t>(message_words) + 1'024;
  return options;
}

kj::ArrayPtr<kj::byte> FrameSplitter::room() {
  if (body_ != nullptr) return body_.asBytes().slice(filled_, body_.asBytes().size());
  if (buffer_ == nullptr) buffer_ = kj::heapArray<kj::byte>(kBuffer);
  if (from_ > 0) {
    std::memmove(buffer_.begin(), buffer_.begin() + from_, to_ - from_);
    to_ -= from_;
    from_ = 0;
  }
  return buffer_.slice(to_, buffer_.size());
}

void FrameSplitter::arrived(std::size_t bytes) { (body_ != nullptr ? filled_ : to_) += bytes; }

std::optional<std::size_t> FrameSplitter::frame_bytes() const {
  const kj::byte* const at = buffer_.begin() + from_;
  const std::size_t have = to_ - from_;
  if (have < 4) return std::nullopt;
  const std::size_t segments = std::size_t{number_at(at)} + 1;
  if (segments > kMostSegments)
    kj::throwFatalException(
        KJ_EXCEPTION(FAILED, "what comes is no message of Cap'n Proto: it has too many segments", segments));
  const std::size_t header = (4 + 4 * segments + 7) / 8 * 8;
  if (have < header) return std::nullopt;
  std::uint64_t words = 0;
  for (std::size_t i = 0; i < segments; ++i) words += number_at(at + 4 + 4 * i);
  if (words > message_words_)
    kj::throwFatalException(KJ_EXCEPTION(FAILED, "the message is larger than this server takes (limit message_words)",
                                         words, message_words_));
  return header + static_cast<std::size_t>(words) * sizeof(capnp::word);
}

kj::Maybe<kj::Own<capnp::MessageReader>> FrameSplitter::next() {
  if (body_ != nullptr) {
    if (filled_ < body_.asBytes().size()) return nullptr;
    filled_ = 0;
    return read(kj::mv(body_));
  }
  if (from_ == to_) return nullptr;
  const auto size = frame_bytes();
  if (!size) return nullptr;
  const std::size_t here = std::min(*size, to_ - from_);
  auto words = kj::heapArray<capnp::word>(*size / sizeof(capnp::word));
  std::memcpy(words.begin(), buffer_.begin() + from_, here);
  from_ += here;
  if (from_ == to_) from_ = to_ = 0;
  if (here == *size) return read(kj::mv(words));
  body_ = kj::mv(words);
  filled_ = here;
  return nullptr;
}

kj::Own<capnp::MessageReader> FrameSplitter::read(kj::Array<capnp::word> words) const {
  auto reader = kj::heap<capnp::FlatArrayMessageReader>(words, reading(message_words_));
  return reader.attach(kj::mv(words));
}

}  // namespace troupe::rpc

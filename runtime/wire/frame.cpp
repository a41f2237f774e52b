// The stream parser, and payloads as bytes. Headers are next door, in frame_headers.cpp.
#include "wire/frame.h"

#include <algorithm>
#include <cstring>

namespace troupe::wire {
namespace {

struct Prelude {
  std::uint32_t length;
  std::uint8_t kind;
  std::uint8_t flags;
  std::uint16_t header_words;
};
static_assert(sizeof(Prelude) == kPreludeBytes);

Error malformed(std::string why) { return Error(ErrorKind::corrupt, "a frame is malformed: " + std::move(why)); }

Prelude prelude_at(const char* at) {
  Prelude out;
  std::memcpy(&out, at, sizeof out);
  return out;
}

bool may_have_payload(FrameKind kind) {
  return kind == FrameKind::call || kind == FrameKind::reply || kind == FrameKind::chunk || kind > kLastKindOfEveryLink;
}

std::span<const char> bytes_of(kj::ArrayPtr<const capnp::word> words) {
  return {reinterpret_cast<const char*>(words.begin()), words.size() * sizeof(capnp::word)};
}

}  // namespace

std::string_view to_string(FrameKind kind) noexcept {
  switch (kind) {
    case FrameKind::hello: return "hello";
    case FrameKind::welcome: return "welcome";
    case FrameKind::refuse: return "refuse";
    case FrameKind::call: return "call";
    case FrameKind::reply: return "reply";
    case FrameKind::chunk: return "chunk";
    case FrameKind::credit: return "credit";
    case FrameKind::ping: return "ping";
    case FrameKind::pong: return "pong";
    case FrameKind::goodbye: return "goodbye";
    case FrameKind::cancel: return "cancel";
    case FrameKind::challenge: return "challenge";
    case FrameKind::proof: return "proof";
    case FrameKind::message: return "message";
    case FrameKind::moves: return "moves";
  }
  return "unknown";
}

void FrameParser::also_takes(std::span<const FrameKind> kinds) noexcept {
  for (const FrameKind kind : kinds) more_kinds_.set(static_cast<std::uint8_t>(kind));
}

Result<void> FrameParser::feed(std::span<const char> slice, FrameSink& sink) {
  if (!partial_.empty()) {
    auto complete_to = [&](std::size_t size) {
      const std::size_t n = std::min(size - partial_.size(), slice.size());
      partial_.insert(partial_.end(), slice.begin(), slice.begin() + static_cast<std::ptrdiff_t>(n));
      slice = slice.subspan(n);
      return partial_.size() == size;
    };
    if (partial_.size() < kPreludeBytes && !complete_to(kPreludeBytes)) return {};
    auto length = checked_length(partial_.data());
    if (!length) return length.error();
    if (!complete_to(kPreludeBytes + *length)) return {};
    if (auto done = hand_out(partial_.data(), *length, sink); !done) return done;
    partial_.clear();
  }
  while (slice.size() >= kPreludeBytes) {
    auto length = checked_length(slice.data());
    if (!length) return length.error();
    if (slice.size() - kPreludeBytes < *length) break;
    if (auto done = hand_out(slice.data(), *length, sink); !done) return done;
    slice = slice.subspan(kPreludeBytes + *length);
  }
  partial_.assign(slice.begin(), slice.end());
  return {};
}

Result<std::size_t> FrameParser::checked_length(const char* at) const {
  const Prelude p = prelude_at(at);
  if (p.length > max_frame_ - kPreludeBytes)
    return malformed(std::to_string(p.length) + " bytes announced, " + std::to_string(max_frame_) + " allowed");
  if (p.length % sizeof(capnp::word) != 0)
    return malformed("its length, " + std::to_string(p.length) + ", is not a multiple of 8");
  const bool of_every_link = p.kind >= static_cast<std::uint8_t>(FrameKind::hello) &&
                             p.kind <= static_cast<std::uint8_t>(kLastKindOfEveryLink);
  if (!of_every_link && !more_kinds_.test(p.kind))
    return malformed("there is no frame of kind " + std::to_string(p.kind));
  if (p.flags != 0) return malformed("flags " + std::to_string(p.flags) + " mean nothing");
  if (p.header_words == 0 || p.header_words > kMaxHeaderWords || p.header_words * sizeof(capnp::word) > p.length)
    return malformed("a header of " + std::to_string(p.header_words) + " words in " + std::to_string(p.length) +
                     " bytes");
  return std::size_t{p.length};
}

Result<void> FrameParser::hand_out(const char* at, std::size_t length, FrameSink& sink) {
  const Prelude p = prelude_at(at);
  const std::size_t header_bytes = p.header_words * sizeof(capnp::word);
  Frame frame;
  frame.kind = static_cast<FrameKind>(p.kind);
  frame.bytes = kPreludeBytes + length;
  frame.payload = {at + kPreludeBytes + header_bytes, length - header_bytes};
  if (!frame.payload.empty() && !may_have_payload(frame.kind))
    return malformed("a " + std::string(to_string(frame.kind)) + " has no payload");
  // Slices are cut anywhere, and Cap'n Proto reads aligned words.
  header_.resize(p.header_words);
  std::memcpy(header_.data(), at + kPreludeBytes, header_bytes);
  frame.header = {reinterpret_cast<const capnp::word*>(header_.data()), header_.size()};
  return sink.on_frame(frame);
}

PayloadBytes::PayloadBytes(Payload& payload) {
  const auto segments = payload.segments();
  if (segments.empty()) return;
  first_ = bytes_of(segments[0]);
  if (segments.size() == 1) {
    small_table_[1] = static_cast<std::uint32_t>(segments[0].size());
  } else {
    table_.assign((segments.size() + 2) & ~std::size_t{1}, 0);
    table_[0] = static_cast<std::uint32_t>(segments.size() - 1);
    for (std::size_t i = 0; i < segments.size(); ++i) table_[i + 1] = static_cast<std::uint32_t>(segments[i].size());
    for (auto segment : segments.subspan(1)) more_.push_back(bytes_of(segment));
  }
  for (std::size_t i = 0; i < more_.size() + 2; ++i) left_ += piece(i).size();
}

std::span<const char> PayloadBytes::piece(std::size_t index) const noexcept {
  if (index > 1) return more_[index - 2];
  if (index == 1) return first_;
  if (table_.empty()) return {reinterpret_cast<const char*>(small_table_), sizeof small_table_};
  return {reinterpret_cast<const char*>(table_.data()), table_.size() * sizeof table_[0]};
}

void PayloadBytes::take(Bytes& out, std::size_t n) {
  n = std::min(n, left_);
  left_ -= n;
  while (n > 0) {
    const auto from = piece(piece_);
    const auto part = from.subspan(offset_, std::min(n, from.size() - offset_));
    out.insert(out.end(), part.begin(), part.end());
    n -= part.size();
    offset_ += part.size();
    if (offset_ == from.size()) {
      ++piece_;
      offset_ = 0;
    }
  }
}

std::size_t payload_bytes(Payload& payload) { return framed_bytes(payload.segments()); }

Result<void> read_payload(std::span<const char> bytes, Payload& into) {
  if (bytes.empty()) return {};
  if (bytes.size() % sizeof(capnp::word) != 0) return malformed("its payload is not made of words");
  std::vector<capnp::word> words(bytes.size() / sizeof(capnp::word));
  std::memcpy(static_cast<void*>(words.data()), bytes.data(), bytes.size());
  auto message = ReceivedMessage::open(std::move(words));
  if (!message) return message.error();
  into.adopt(std::move(message).value());
  return {};
}

}  // namespace troupe::wire

#include "wire/message.h"

#include <kj/exception.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "base/limits.h"

namespace troupe::wire {
namespace {

constexpr std::uint64_t kMaxWords = limits::kMaxMessageBytes / sizeof(capnp::word);
constexpr std::uint32_t kMaxSegments = 512;

// Untyped data cannot share substructure legitimately, so a walk longer than the message is an attack.
capnp::ReaderOptions strict(std::uint64_t words) { return {words + 64, 64}; }
capnp::ReaderOptions unlimited() { return {~0ULL, 128}; }

}  // namespace

Message::~Message() noexcept {
  for (void* p : grown_) std::free(p);
}

kj::ArrayPtr<capnp::word> Message::allocateSegment(capnp::uint minimum) {
  const std::size_t wanted = std::max<std::size_t>(minimum, std::exchange(first_words_, 0));
  if (!inline_used_ && wanted <= kInlineWords) {
    inline_used_ = true;
    return kj::arrayPtr(inline_, kInlineWords);
  }
  const std::size_t words = std::max<std::size_t>({wanted, 2 * grown_words_, 128});
  void* p = std::calloc(words, sizeof(capnp::word));
  if (!p) throw std::bad_alloc();
  grown_.push_back(p);
  grown_words_ += words;
  return kj::arrayPtr(static_cast<capnp::word*>(p), words);
}

std::size_t framed_bytes(std::span<const kj::ArrayPtr<const capnp::word>> segments) noexcept {
  if (segments.empty()) return 0;
  std::size_t words = (segments.size() + 2) / 2;
  for (auto segment : segments) words += segment.size();
  return words * sizeof(capnp::word);
}

Result<std::unique_ptr<ReceivedMessage>> ReceivedMessage::open(std::vector<capnp::word> bytes) {
  auto bad = [](const std::string& why) {
    return Error(ErrorKind::invalid, "a received Cap'n Proto message is malformed: " + why);
  };
  auto out = std::unique_ptr<ReceivedMessage>(new ReceivedMessage);
  out->bytes_ = std::move(bytes);
  const auto& w = out->bytes_;
  if (w.size() > kMaxWords) return bad("longer than " + std::to_string(limits::kMaxMessageBytes) + " bytes");
  if (w.empty()) return bad("no segment table");

  const auto* table = reinterpret_cast<const std::uint32_t*>(w.data());
  const std::uint32_t last = table[0];
  if (last >= kMaxSegments) return bad("more than " + std::to_string(kMaxSegments) + " segments");
  const std::size_t table_words = (last + 1 + 2) / 2;
  if (table_words > w.size()) return bad("the segment table is cut off");
  std::size_t at = table_words;
  for (std::uint32_t i = 0; i <= last; ++i) {
    const std::size_t n = table[i + 1];
    if (n > w.size() - at) return bad("segment " + std::to_string(i) + " ends behind the message");
    out->segments_.push_back(kj::arrayPtr(w.data() + at, n));
    at += n;
  }
  if (at != w.size()) return bad(std::to_string(w.size() - at) + " words are left over behind the last segment");

  try {
    capnp::SegmentArrayMessageReader walk(kj::arrayPtr(out->segments_.data(), out->segments_.size()), strict(w.size()));
    // A method's schema has no capabilities; whoever copied one would throw.
    if (walk.getRoot<capnp::AnyPointer>().targetSize().capCount != 0) return bad("it holds a capability");
  } catch (const kj::Exception& e) {
    return bad(e.getDescription().cStr());
  }
  out->reader_.emplace(kj::arrayPtr(out->segments_.data(), out->segments_.size()), unlimited());
  return out;
}

capnp::AnyPointer::Reader Payload::read() {
  if (received_) return received_->root();
  if (built_) return built_->getRoot<capnp::AnyPointer>().asReader();
  return {};
}

void Payload::copy(capnp::AnyPointer::Reader from) {
  clear();
  built_.emplace(from.targetSize().wordCount + 1);
  built_->getRoot<capnp::AnyPointer>().set(from);
}

std::size_t Payload::too_long() {
  if (heap_bytes() < limits::kMaxMessageBytes / 2) return 0;  // it cannot be
  const std::size_t bytes = framed_bytes(segments());
  return bytes > limits::kMaxMessageBytes ? bytes : 0;
}

void Payload::clear() {
  built_.reset();
  received_.reset();
}

std::span<const kj::ArrayPtr<const capnp::word>> Payload::segments() {
  if (received_) return received_->segments();
  if (!built_) return {};
  auto out = built_->getSegmentsForOutput();
  return {out.begin(), out.size()};
}

}  // namespace troupe::wire

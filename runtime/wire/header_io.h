// Private to the wire: how any header is written and read. Built in a scratch buffer of known size, read under strict
// limits; what is wrong is `corrupt`.
#pragma once

#include <capnp/any.h>
#include <capnp/message.h>
#include <capnp/serialize.h>

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "troupe/wire.capnp.h"
#include "wire/frame.h"

namespace troupe::wire {

// Root pointer and the largest of the structs.
inline constexpr std::size_t kStructWords = 19;

constexpr std::size_t text_words(std::size_t bytes) { return (bytes + 8) / 8; }

// Appends prelude and header. `words` is an upper bound of what `fill` needs; `payload` bytes will follow. The struct
// is written with its first `pointers` alone: later ones, which `fill` then leaves alone, cost nothing.
template <class Struct, class Fill>
void append_header(Bytes& out, FrameKind kind, std::size_t words, std::size_t payload, Fill&& fill,
                   std::uint16_t pointers = Struct::_capnpPrivate::pointerCount) {
  constexpr std::size_t kScratchWords = 64;
  alignas(8) char scratch[kScratchWords * sizeof(capnp::word)];
  std::vector<std::uint64_t> heap;
  auto* space = reinterpret_cast<capnp::word*>(scratch);
  if (words <= kScratchWords) {
    std::memset(scratch, 0, words * sizeof(capnp::word));
  } else {
    heap.resize(words);
    space = reinterpret_cast<capnp::word*>(heap.data());
  }
  capnp::FlatMessageBuilder builder(kj::arrayPtr(space, words));
  auto root = builder.template initRoot<capnp::AnyPointer>();
  fill(root.initAsAnyStruct(Struct::_capnpPrivate::dataWordSize, pointers).template as<Struct>());
  const std::size_t used = builder.getSegmentsForOutput()[0].size();

  const auto length = static_cast<std::uint32_t>(used * sizeof(capnp::word) + payload);
  const auto kind_byte = static_cast<std::uint8_t>(kind);
  const auto header_words = static_cast<std::uint16_t>(used);
  char prelude[kPreludeBytes] = {};
  std::memcpy(prelude, &length, 4);
  std::memcpy(prelude + 4, &kind_byte, 1);
  std::memcpy(prelude + 6, &header_words, 2);
  const auto* bytes = reinterpret_cast<const char*>(space);
  out.insert(out.end(), prelude, prelude + sizeof prelude);
  out.insert(out.end(), bytes, bytes + used * sizeof(capnp::word));
}

// Runs `read` on the frame's header; whatever Cap'n Proto finds wrong is `corrupt`.
template <class Struct, class Read>
auto read_header(const Frame& frame, Read&& read) -> decltype(read(typename Struct::Reader{})) {
  try {
    const kj::ArrayPtr<const capnp::word> segment(frame.header.data(), frame.header.size());
    capnp::SegmentArrayMessageReader message(kj::arrayPtr(&segment, 1),
                                             capnp::ReaderOptions{2 * frame.header.size() + 64, 8});
    return read(message.getRoot<Struct>());
  } catch (const kj::Exception& e) {
    return Error(ErrorKind::corrupt, "the header of a " + std::string(to_string(frame.kind)) +
                                         " frame is malformed: " + e.getDescription().cStr());
  }
}

inline Error bad_header(const Frame& frame, const std::string& why) {
  return Error(ErrorKind::corrupt, "the header of a " + std::string(to_string(frame.kind)) + " frame: " + why);
}

inline std::string_view view(capnp::Text::Reader text) { return {text.cStr(), text.size()}; }
inline capnp::Text::Reader text(std::string_view s, std::string& keep) {
  keep.assign(s);
  return {keep.c_str(), keep.size()};
}

inline bool too_long(std::initializer_list<capnp::Text::Reader> names) {
  return std::any_of(names.begin(), names.end(), [](auto n) { return n.size() > kMaxNameBytes; });
}

}  // namespace troupe::wire

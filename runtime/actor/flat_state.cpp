#include "actor/flat_state.h"

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <kj/exception.h>

#include <string>

namespace troupe::actor {

namespace {

Error not_copied(const kj::Exception& why) {
  return {ErrorKind::invalid, std::string("it cannot be copied: ") + why.getDescription().cStr()};
}

}  // namespace

Result<std::size_t> flat_words(capnp::AnyPointer::Reader pointer) {
  if (pointer.isNull()) return std::size_t{0};
  try {
    return static_cast<std::size_t>(pointer.targetSize().wordCount + 1);
  } catch (const kj::Exception& e) {
    return not_copied(e);
  }
}

Result<void> flatten_into(capnp::AnyPointer::Reader pointer, std::span<capnp::word> words, int depth) {
  if (words.empty()) return {};
  try {
    capnp::copyToUnchecked(pointer.getAs<capnp::AnyStruct>(), kj::arrayPtr(words.data(), words.size()));
  } catch (const kj::Exception& e) {
    return not_copied(e);
  }
  // Every level takes a word at least: what has so few is not too deep.
  if (words.size() < static_cast<std::size_t>(depth) || readable(std::as_bytes(words), depth)) return {};
  return Error(ErrorKind::invalid, "it is nested deeper than " + std::to_string(depth));
}

Result<std::vector<capnp::word>> flatten(capnp::AnyPointer::Reader pointer) {
  auto size = flat_words(pointer);
  if (!size.ok()) return size.error();
  std::vector<capnp::word> words(*size);
  if (auto flat = flatten_into(pointer, words); !flat.ok()) return flat.error();
  return words;
}

bool readable(std::span<const std::byte> flat, int depth) noexcept {
  const auto words = kj::arrayPtr(reinterpret_cast<const capnp::word*>(flat.data()), flat.size() / sizeof(capnp::word));
  const kj::ArrayPtr<const capnp::word> segments[] = {words};
  try {
    capnp::SegmentArrayMessageReader reader(kj::arrayPtr(segments, 1), {words.size() + 64, depth});
    return reader.getRoot<capnp::AnyPointer>().targetSize().wordCount + 1 <= words.size();
  } catch (const kj::Exception&) {
    return false;
  }
}

}  // namespace troupe::actor

#include "actor/flat_state.h"

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <kj/exception.h>

#include <string>

namespace troupe::actor {

Result<std::vector<capnp::word>> flatten(capnp::AnyPointer::Reader pointer) {
  std::vector<capnp::word> words;
  if (pointer.isNull()) return words;
  try {
    words.resize(pointer.targetSize().wordCount + 1);
    capnp::copyToUnchecked(pointer.getAs<capnp::AnyStruct>(), kj::arrayPtr(words.data(), words.size()));
  } catch (const kj::Exception& e) {
    return Error(ErrorKind::invalid, std::string("it cannot be copied: ") + e.getDescription().cStr());
  }
  if (!readable(std::as_bytes(std::span(words)))) {
    return Error(ErrorKind::invalid, "it is nested deeper than " + std::to_string(kMaxStateDepth) +
                                         " or has lists without content that are too long to be read back");
  }
  return words;
}

bool readable(std::span<const std::byte> flat) noexcept {
  const auto words = kj::arrayPtr(reinterpret_cast<const capnp::word*>(flat.data()), flat.size() / sizeof(capnp::word));
  const kj::ArrayPtr<const capnp::word> segments[] = {words};
  try {
    capnp::SegmentArrayMessageReader reader(kj::arrayPtr(segments, 1), {words.size() + 64, kMaxStateDepth});
    return reader.getRoot<capnp::AnyPointer>().targetSize().wordCount + 1 <= words.size();
  } catch (const kj::Exception&) {
    return false;
  }
}

}  // namespace troupe::actor

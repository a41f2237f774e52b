// An append as it lies in a stream: a Cap'n Proto stream of one StoredAppend. Any thread; never changes.
#pragma once

#include <capnp/serialize.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "topic/event_log.h"
#include "topic/jetstream/stored_append.capnp.h"

namespace troupe::topic::jetstream {

class Append {
 public:
  // `place` is for messages. Throws `corrupt` for bytes that are no append.
  Append(std::uint64_t sequence, kj::Array<capnp::word> words, const std::string& place);

  [[nodiscard]] std::uint64_t sequence() const noexcept { return sequence_; }
  [[nodiscard]] RequestId id() const { return {root_.getIdHi(), root_.getIdLo()}; }
  [[nodiscard]] Offset first() const { return root_.getFirst(); }
  [[nodiscard]] Offset next() const { return root_.getFirst() + root_.getEvents().size(); }
  [[nodiscard]] std::uint64_t time_ms() const { return root_.getTimeMs(); }
  // Event.position of the event at `offset`, or what it would be at next().
  [[nodiscard]] std::uint64_t position(Offset offset) const;
  [[nodiscard]] StoredAppend::Reader stored() const noexcept { return root_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return words_.size() * sizeof(capnp::word); }

 private:
  std::uint64_t sequence_;
  kj::Array<capnp::word> words_;
  std::unique_ptr<capnp::FlatArrayMessageReader> reader_;
  StoredAppend::Reader root_;
};

using AppendPtr = std::shared_ptr<const Append>;

// The bytes of a new one that follows on `extent`.
[[nodiscard]] std::string bytes_of(const Appending& appending, const Extent& extent, std::uint64_t time_ms);

}  // namespace troupe::topic::jetstream

#include "topic/jetstream/stored_append.h"

#include <capnp/message.h>
#include <kj/exception.h>

#include <algorithm>
#include <utility>

#include "topic/words.h"
#include "troupe/error.h"

namespace troupe::topic::jetstream {
namespace {

// The bytes were built here and are bounded by what the server lets through; reading them again and again is no attack.
constexpr capnp::ReaderOptions kReading{.traversalLimitInWords = ~std::uint64_t{0} >> 8};

}  // namespace

Append::Append(std::uint64_t sequence, kj::Array<capnp::word> words, const std::string& place)
    : sequence_(sequence), words_(std::move(words)) {
  std::string why = "it has no events";
  const auto failed = kj::runCatchingExceptions([&] {
    reader_ = std::make_unique<capnp::FlatArrayMessageReader>(words_, kReading);
    root_ = reader_->getRoot<StoredAppend>();
    (void)root_.totalSize();
    (void)root_.getPublisher().size();
    if (root_.getEvents().size() > 0) why.clear();
  });
  KJ_IF_MAYBE (problem, failed) why = problem->getDescription().cStr();
  if (why.empty()) return;
  throw Error(ErrorKind::corrupt,
              "message " + std::to_string(sequence) + " of " + place + " is no append of a topic: " + why);
}

std::uint64_t Append::position(Offset offset) const {
  std::uint64_t position = root_.getFirstPosition();
  const auto events = root_.getEvents();
  const auto publisher = words(root_.getPublisher());
  for (unsigned i = 0; i < events.size() && first() + i < offset; ++i) position += event_bytes(events[i], publisher);
  return position;
}

std::string bytes_of(const Appending& appending, const Extent& extent, std::uint64_t time_ms) {
  capnp::MallocMessageBuilder message;
  auto root = message.initRoot<StoredAppend>();
  root.setIdHi(appending.id.hi);
  root.setIdLo(appending.id.lo);
  root.setFirst(extent.next);
  root.setFirstPosition(extent.next_position);
  root.setTimeMs(time_ms);
  auto publisher = root.initPublisher(static_cast<unsigned>(appending.publisher.size()));
  std::copy(appending.publisher.begin(), appending.publisher.end(), publisher.begin());
  root.setEvents(appending.events);
  const auto flat = capnp::messageToFlatArray(message);
  const auto bytes = flat.asChars();
  return {bytes.begin(), bytes.size()};
}

}  // namespace troupe::topic::jetstream

// An event's payload as the struct it was published as:
//
//   topic::Payload<shop::OrderPlaced> placed(event);
//   total += placed->getAmount();
#pragma once

#include <capnp/serialize.h>
#include <kj/array.h>

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>

#include "topic/topic.capnp.troupe.h"
#include "troupe/error.h"
#include "troupe/misuse.h"
#include "troupe/shape.h"

namespace troupe::topic {

// Reads where the event lies, which must outlive it. For one thread at a time.
template <class T>
class Payload {
 public:
  // Throws `invalid` for an event of another struct, `corrupt` for bytes that are no message.
  explicit Payload(Event::Reader event) {
    if (event.getSchema() != capnp::typeId<T>()) {
      throw Error(ErrorKind::invalid, "event " + std::to_string(event.getOffset()) + " is a '" +
                                          std::string(event.getType().begin(), event.getType().size()) +
                                          "', not what its reader takes it for");
    }
    const auto bytes = event.getPayload();
    auto words = kj::arrayPtr(reinterpret_cast<const capnp::word*>(bytes.begin()), bytes.size() / sizeof(capnp::word));
    if (reinterpret_cast<std::uintptr_t>(bytes.begin()) % alignof(capnp::word) != 0) {
      copy_ = kj::heapArray<capnp::word>(words.size());
      std::memcpy(copy_.begin(), bytes.begin(), words.size() * sizeof(capnp::word));
      words = copy_;
    }
    static const Shape shape{capnp::Schema::from<T>()};
    const auto refuse = [&](const std::string& why) {
      throw Error(ErrorKind::corrupt,
                  "the payload of event " + std::to_string(event.getOffset()) + " cannot be read: " + why);
    };
    try {
      message_.emplace(words);
      if (auto fits = shape.fits(message_->template getRoot<capnp::AnyPointer>()); !fits.ok())
        refuse(fits.error().message());
      reader_ = message_->template getRoot<T>();
    } catch (const kj::Exception& e) {
      refuse(e.getDescription().cStr());
    }
  }
  Payload(const Payload&) = delete;
  Payload& operator=(const Payload&) = delete;

  const typename T::Reader& operator*() const& noexcept { return reader_; }
  const typename T::Reader* operator->() const& noexcept { return &reader_; }
  const typename T::Reader& operator*() const&& noexcept {
    TROUPE_CHECK_READ_FROM_TEMPORARY(troupe::detail::kNever<T>);
    return reader_;
  }
  const typename T::Reader* operator->() const&& noexcept {
    TROUPE_CHECK_READ_FROM_TEMPORARY(troupe::detail::kOnlyValues<T>);
    return &reader_;
  }

 private:
  kj::Array<capnp::word> copy_;
  std::optional<capnp::FlatArrayMessageReader> message_;
  typename T::Reader reader_;
};

}  // namespace troupe::topic

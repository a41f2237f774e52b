#include "rpc/frames.h"

#include <capnp/rpc.capnp.h>
#include <kj/debug.h>

#include <chrono>
#include <utility>

namespace troupe::rpc {
namespace {

namespace protocol = capnp::rpc;

}  // namespace

Frames::Frames(kj::AsyncIoStream& stream, std::shared_ptr<Standing> standing)
    : stream_(stream), standing_(std::move(standing)), splitter_(standing_->limits().message_words) {}

kj::Promise<kj::Maybe<capnp::MessageReaderAndFds>> Frames::tryReadMessage(kj::ArrayPtr<kj::AutoCloseFd>,
                                                                          capnp::ReaderOptions,
                                                                          kj::ArrayPtr<capnp::word>) {
  using Read = kj::Maybe<capnp::MessageReaderAndFds>;
  auto closed = standing_->until_closed().then([]() -> Read { return nullptr; });
  return read()
      .then([this](kj::Maybe<kj::Own<capnp::MessageReader>> message) -> Read {
        KJ_IF_MAYBE (whole, message) {
          look_at(**whole);
          return capnp::MessageReaderAndFds{kj::mv(*whole), nullptr};
        }
        return nullptr;
      })
      .exclusiveJoin(kj::mv(closed));
}

kj::Promise<kj::Maybe<kj::Own<capnp::MessageReader>>> Frames::read() {
  using Read = kj::Maybe<kj::Own<capnp::MessageReader>>;
  if (is_full()) {
    auto room = kj::newPromiseAndFulfiller<void>();
    room_ = kj::mv(room.fulfiller);
    // Last: until then what was written is counted among what waits.
    return room.promise.then([this] { return kj::evalLast([this] { return read(); }); });
  }
  auto& since = standing_->times.message_since;
  auto message = splitter_.next();
  if (message != nullptr || !splitter_.in_part()) since.reset();
  if (message != nullptr) return kj::mv(message);
  if (splitter_.in_part() && !since) since = std::chrono::steady_clock::now();
  auto room = splitter_.room();
  return stream_.tryRead(room.begin(), 1, room.size()).then([this](std::size_t bytes) -> kj::Promise<Read> {
    if (bytes == 0) {
      if (splitter_.in_part()) return KJ_EXCEPTION(DISCONNECTED, "the peer went in the middle of a message");
      return Read(nullptr);
    }
    splitter_.arrived(bytes);
    return read();
  });
}

void Frames::look_at(capnp::MessageReader& incoming) {
  standing_->times.last_message = std::chrono::steady_clock::now();
  const auto message = incoming.getRoot<protocol::Message>();
  switch (message.which()) {
    case protocol::Message::CALL:
      if (!message.getCall().getSendResultsTo().isCaller())
        kj::throwFatalException(KJ_EXCEPTION(UNIMPLEMENTED, "results of this server go to whoever calls"));
      standing_->asked();
      break;
    case protocol::Message::BOOTSTRAP: standing_->asked(); break;
    case protocol::Message::FINISH: standing_->finished(); break;
    default: break;
  }
}

kj::Promise<void> Frames::writeMessage(kj::ArrayPtr<const int>,
                                       kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>> segments) {
  capnp::SegmentArrayMessageReader outgoing(segments);
  const auto message = outgoing.getRoot<protocol::Message>();
  const bool answers = message.isReturn();
  if (message.isAbort() && message.getAbort().getType() != protocol::Exception::Type::DISCONNECTED)
    standing_->broke(message.getAbort().getReason().cStr());
  standing_->times.write_since = std::chrono::steady_clock::now();
  return capnp::writeMessage(stream_, segments).then([this, answers] {
    standing_->times.write_since.reset();
    standing_->times.last_message = std::chrono::steady_clock::now();
    if (answers) standing_->answered();
    KJ_IF_MAYBE (room, room_) {
      (*room)->fulfill();
      room_ = nullptr;
    }
  });
}

kj::Promise<void> Frames::writeMessages(kj::ArrayPtr<kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>>> messages) {
  if (messages.size() == 0) return kj::READY_NOW;
  return writeMessage(nullptr, messages.front()).then([this, rest = messages.slice(1, messages.size())]() mutable {
    return writeMessages(rest);
  });
}

kj::Maybe<int> Frames::getSendBufferSize() { return nullptr; }

kj::Promise<void> Frames::end() {
  stream_.shutdownWrite();
  return kj::READY_NOW;
}

}  // namespace troupe::rpc

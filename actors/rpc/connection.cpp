#include "rpc/connection.h"

#include <capnp/rpc.capnp.h>
#include <capnp/serialize.h>

#include <utility>

#include "rpc/directory.h"

namespace troupe::rpc {
namespace {

// For the last message to leave, and for a peer to take it.
constexpr auto kCloseGrace = 1 * kj::SECONDS;

Directory::Client bootstrap(const std::shared_ptr<Standing>& standing, std::shared_ptr<Mailbox> loop) {
  return kj::heap<DirectoryOf>(std::make_unique<Standing::Held>(standing), std::move(loop), Asker{});
}

}  // namespace

Connection::Connection(kj::Own<kj::AsyncIoStream> stream, std::shared_ptr<Standing> standing,
                       std::shared_ptr<Mailbox> loop)
    : stream_(kj::mv(stream)),
      standing_(std::move(standing)),
      frames_(*stream_, standing_),
      network_(frames_, capnp::rpc::twoparty::Side::SERVER, reading(standing_->limits().message_words)),
      system_(capnp::makeRpcServer(network_, bootstrap(standing_, std::move(loop)))) {
  frames_.waiting_is([this] { return network_.getCurrentQueueSize(); });
  system_.setFlowLimit(standing_->limits().call_words);
}

kj::Promise<void> Connection::run(kj::Timer& timer) {
  auto closed =
      standing_->until_closed().catch_([](kj::Exception&&) {}).then([&timer] { return timer.afterDelay(kCloseGrace); });
  return network_.onDisconnect()
      .then([this, &timer] { return linger().exclusiveJoin(timer.afterDelay(kCloseGrace)); })
      .exclusiveJoin(kj::mv(closed));
}

kj::Promise<void> Connection::linger() {
  return stream_->tryRead(unread_, 1, sizeof unread_).then([this](std::size_t bytes) -> kj::Promise<void> {
    if (bytes == 0) return kj::READY_NOW;
    return linger();
  });
}

kj::Array<capnp::word> turned_away(kj::StringPtr why) {
  capnp::MallocMessageBuilder message;
  auto abort = message.initRoot<capnp::rpc::Message>().initAbort();
  abort.setType(capnp::rpc::Exception::Type::OVERLOADED);
  abort.setReason(why);
  return capnp::messageToFlatArray(message);
}

}  // namespace troupe::rpc

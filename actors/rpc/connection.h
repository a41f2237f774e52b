// One peer: the RPC system over its stream. Its loop's thread.
#pragma once

#include <capnp/rpc-twoparty.h>
#include <kj/async-io.h>
#include <kj/timer.h>

#include <memory>

#include "rpc/frames.h"
#include "rpc/mailbox.h"
#include "rpc/standing.h"

namespace troupe::rpc {

class Connection {
 public:
  Connection(kj::Own<kj::AsyncIoStream> stream, std::shared_ptr<Standing> standing, std::shared_ptr<Mailbox> loop);

  // Ready when it is over, whoever ended it. The connection outlives what this gives.
  [[nodiscard]] kj::Promise<void> run(kj::Timer& timer);

 private:
  // Reads what the peer still sends, and looks at none of it: a close with bytes unread would take the last message
  // back.
  [[nodiscard]] kj::Promise<void> linger();

  kj::Own<kj::AsyncIoStream> stream_;
  const std::shared_ptr<Standing> standing_;
  Frames frames_;
  capnp::TwoPartyVatNetwork network_;
  capnp::RpcSystem<capnp::rpc::twoparty::VatId> system_;
  kj::byte unread_[1'024];
};

// A whole message that says why there is no connection.
[[nodiscard]] kj::Array<capnp::word> turned_away(kj::StringPtr why);

}  // namespace troupe::rpc

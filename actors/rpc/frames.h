// The messages of one connection, in and out: what the RPC system reads and writes goes through here, and is counted,
// timed and held against the limits. Its loop's thread.
#pragma once

#include <capnp/serialize-async.h>
#include <kj/async-io.h>

#include <functional>
#include <memory>

#include "rpc/frame_splitter.h"
#include "rpc/standing.h"

namespace troupe::rpc {

class Frames final : public capnp::MessageStream {
 public:
  // `stream` outlives it. `waiting`: the bytes that wait to be written.
  Frames(kj::AsyncIoStream& stream, std::shared_ptr<Standing> standing);

  void waiting_is(std::function<std::size_t()> waiting) { waiting_ = std::move(waiting); }

  kj::Promise<kj::Maybe<capnp::MessageReaderAndFds>> tryReadMessage(kj::ArrayPtr<kj::AutoCloseFd> fd_space,
                                                                    capnp::ReaderOptions options,
                                                                    kj::ArrayPtr<capnp::word> scratch) override;
  kj::Promise<void> writeMessage(kj::ArrayPtr<const int> fds,
                                 kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>> segments) override;
  kj::Promise<void> writeMessages(kj::ArrayPtr<kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>>> messages) override;
  kj::Maybe<int> getSendBufferSize() override;
  kj::Promise<void> end() override;

 private:
  [[nodiscard]] kj::Promise<kj::Maybe<kj::Own<capnp::MessageReader>>> read();
  // Whether the next message is read only when less waits to be written.
  [[nodiscard]] bool is_full() const { return waiting_ && waiting_() > standing_->limits().queue_bytes; }
  void look_at(capnp::MessageReader& incoming);

  kj::AsyncIoStream& stream_;
  const std::shared_ptr<Standing> standing_;
  FrameSplitter splitter_;
  std::function<std::size_t()> waiting_;
  kj::Maybe<kj::Own<kj::PromiseFulfiller<void>>> room_;
};

}  // namespace troupe::rpc

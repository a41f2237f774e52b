// Bytes as a peer of the RPC port sends them, in pieces of any size: they become messages, are refused, or wait for
// more; whatever is read is measured as the port does before it copies.
#include <capnp/any.h>
#include <capnp/message.h>
#include <capnp/rpc.capnp.h>
#include <kj/exception.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "rpc/frame_splitter.h"

namespace {

constexpr std::size_t kMostWords = 1'024;

void look_at(capnp::MessageReader& message) {
  const auto told = message.getRoot<capnp::rpc::Message>();
  if (!told.isCall()) return;
  const auto params = told.getCall().getParams();
  const auto size = params.getContent().targetSize();
  if (size.capCount > 0 || size.wordCount > kMostWords) return;
  capnp::MallocMessageBuilder copy;
  copy.getRoot<capnp::AnyPointer>().set(params.getContent());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  // The first byte says how large the pieces are.
  const std::size_t piece = std::size_t{1} + data[0] * std::size_t{8};
  ++data, --size;
  troupe::rpc::FrameSplitter splitter(kMostWords);
  try {
    while (size > 0) {
      auto room = splitter.room();
      const std::size_t bytes = std::min({piece, size, room.size()});
      std::memcpy(room.begin(), data, bytes);
      splitter.arrived(bytes);
      data += bytes, size -= bytes;
      for (;;) {
        auto message = splitter.next();
        KJ_IF_MAYBE (whole, message) {
          KJ_IF_MAYBE (unreadable, kj::runCatchingExceptions([&] { look_at(**whole); })) (void)unreadable;
        } else {
          break;
        }
      }
    }
  } catch (const kj::Exception&) {  // the connection would end here
  }
  return 0;
}

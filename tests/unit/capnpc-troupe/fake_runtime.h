// The runtime's side of the public headers, as little of it as generated code reaches, so that the generator
// is tested without the runtime: state is one message, and a call answers with its own ordinal and parameters.
#pragma once

#include <capnp/message.h>

#include <cstdint>

namespace fake {

// What the last call made through a reference carried.
struct LastCall {
  std::uint16_t ordinal = 0;
  capnp::MallocMessageBuilder params;
};
LastCall& last_call();

}  // namespace fake

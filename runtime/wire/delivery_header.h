// What a call carries beside its method, in the header of its frame: a durable message's place in its channel, or a
// watch.
#pragma once

#include <cstddef>

#include "troupe/wire.capnp.h"
#include "wire/envelope.h"

namespace troupe::wire {

// Words that these take at most.
[[nodiscard]] std::size_t delivery_words(const Envelope& call);

void fill_message(header::Message::Builder into, const DurableMessage& message);
void fill_watch(header::Watch::Builder into, const MonitorRequest& watch);
// The lengths of their texts have been checked.
[[nodiscard]] DurableMessage message_from(header::Message::Reader from);
[[nodiscard]] MonitorRequest watch_from(header::Watch::Reader from);

}  // namespace troupe::wire

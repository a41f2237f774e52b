// The line outbox_messages: durable messages from their senders' commit to their receivers'.
#pragma once

#include "line.h"

namespace troupe::bench {

// 16 senders, each with a receiver of its own, 64 messages a turn: messages per second that were acknowledged.
double durable_messages(const Effort& effort);
double lmdb_messages(const Effort& effort);

}  // namespace troupe::bench

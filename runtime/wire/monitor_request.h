// Watches: what they are answered with, and how they end.
#pragma once

#include <string>

#include "troupe/monitor.h"
#include "wire/address.h"
#include "wire/delivery.h"

namespace troupe::wire {

// The answer to a watch: its actor went down, or cannot be watched.
[[nodiscard]] Error down_error(DownReason reason, std::string message);
// What such an answer, or any error that came instead, says.
[[nodiscard]] DownReason down_reason(const Error& error) noexcept;

// A call that ends the watch `id` on `target`; nobody waits for its answer.
[[nodiscard]] EnvelopePtr end_of_watch(AddressPtr target, const RequestId& id, MonitorRequest watch);

// The watch that `call` begins or ends; null for any other call.
[[nodiscard]] const MonitorRequest* watch_of(const Envelope& call) noexcept;

}  // namespace troupe::wire

// Where a group's events go: a hosted service and one of its methods, by name.
#pragma once

#include <cstdint>

#include "topic/topic.capnp.troupe.h"
#include "troupe/ref.h"

namespace troupe::topic {

// The method's number. Refuses with `no_such_method`, or `not_for_events` when its parameters are no EventBatch or it
// is readOnly. `subscriber` is any actor of the service.
[[nodiscard]] std::uint16_t subscriber_method(const RefBase& subscriber, Subscription::Reader subscription);

}  // namespace troupe::topic

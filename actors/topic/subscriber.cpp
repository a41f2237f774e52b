#include "topic/subscriber.h"

#include <capnp/schema.h>

#include <string>

#include "topic/words.h"
#include "troupe/error.h"
#include "troupe/service.h"

namespace troupe::topic {

std::uint16_t subscriber_method(const RefBase& subscriber, Subscription::Reader subscription) {
  const ServiceInfo& service = subscriber.service();
  const std::string wanted(words(subscription.getMethod()));
  const std::string whose = std::string(service.name) + "." + wanted + ", which group '" +
                            std::string(words(subscription.getGroup())) + "' is to deliver to,";
  for (std::uint16_t i = 0; i < service.method_count; ++i) {
    if (service.methods[i].name != wanted) continue;
    const auto params = service.schema().getMethods()[i].getParamType();
    if (params.getProto().getId() != capnp::typeId<EventBatch>())
      throw Refusal("not_for_events", whose + " does not take a Topics.EventBatch; write: " + wanted + " @" +
                                          std::to_string(i) + " Topics.EventBatch -> ();");
    if (service.methods[i].read_only) throw Refusal("not_for_events", whose + " is readOnly");
    return i;
  }
  throw Refusal("no_such_method", whose + " does not exist");
}

}  // namespace troupe::topic

#include "inspect/hosted_services.h"

#include <capnp/schema.h>

#include "reflect/json.h"
#include "troupe/service.h"

namespace troupe::inspect {

std::vector<observe::ServiceView> hosted_services(const actor::Registry& registry) {
  std::vector<observe::ServiceView> out;
  for (const auto& hosted : registry.services()) {
    const ServiceInfo& service = hosted->service;
    observe::ServiceView view;
    view.name = service.name;
    view.durable = service.durable();
    view.placement = to_string(service.placement);
    if (service.state_schema) view.state_type = service.state_schema().getProto().getDisplayName().cStr();
    view.activations = hosted->live.load(std::memory_order_relaxed);
    auto methods = service.schema().getMethods();
    for (std::uint16_t i = 0; i < service.method_count; ++i) {
      const MethodInfo& method = service.methods[i];
      view.methods.push_back({method.name, reflect::describe(methods[i].getParamType()),
                              reflect::describe(methods[i].getResultType()), method.read_only, method.reentrant,
                              method.retry, method.timeout_ms});
    }
    out.push_back(std::move(view));
  }
  return out;
}

}  // namespace troupe::inspect

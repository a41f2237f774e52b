// The services of a running node and how they are, and how the node itself is.
#include "host/faults.h"
#include "host/hosted_schemas.h"
#include "inspect/inspection.h"
#include "reflect/json.h"

namespace troupe::inspect {

std::vector<observe::ServiceView> Inspection::services() {
  std::vector<observe::ServiceView> out;
  const host::NodeCondition condition = running_.condition();
  for (const auto& hosted : routing_.registry.services()) {
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
    view.schema_hash = host::schema_hash(service);
    view.state_version = service.state_version;
    if (const auto at = condition.troubles.find(service.id); at != condition.troubles.end()) {
      view.healthy = false;
      view.trouble = at->second;
    }
    out.push_back(std::move(view));
  }
  return out;
}

HealthView Inspection::health() {
  HealthView view;
  for (auto& fault : faults_of(running_)) view.faults.push_back({std::move(fault.name), std::move(fault.message)});
  for (auto& sick : host::sick_services_of(running_))
    view.services.push_back({std::move(sick.service), std::move(sick.why)});
  view.workers = running_.engine().worker_count();
  view.blocked = running_.watchdog().blocked();
  return view;
}

}  // namespace troupe::inspect

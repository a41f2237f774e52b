#include "gateway/act_of.h"

#include <chrono>

#include "gateway/access.h"
#include "gateway/trace_parent.h"

namespace troupe::gateway {

std::unique_ptr<AdminAct> act_of(const Audit& audit, const Route& route, const http::Request& request,
                                 const Caller& asks, const std::string& key, const TraceContext& trace) {
  if (!audit.acted || route.method->read_only || !is_by_role(route.method->access, asks, key)) return nullptr;
  if (audit.ready && !audit.ready())
    throw Error(ErrorKind::unavailable, route.name() + " is written down, and the log takes nothing now; try again");
  return std::make_unique<AdminAct>(AdminAct{.at = std::chrono::system_clock::now(),
                                             .who = asks,
                                             .service = route.service->name,
                                             .method = route.method->name,
                                             .key = key,
                                             .outcome = {},
                                             .code = {},
                                             .trace_id = trace_id(trace),
                                             .address = request.peer.address});
}

}  // namespace troupe::gateway

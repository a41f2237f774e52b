// Whether a request is an act of administration, as the audit log is told of it.
#pragma once

#include <memory>
#include <string>

#include "gateway/gateway.h"
#include "gateway/route_table.h"

namespace troupe::gateway {

// Null: it is none, or nobody wants to know. Throws `unavailable`: it cannot be told.
[[nodiscard]] std::unique_ptr<AdminAct> act_of(const Audit& audit, const Route& route, const http::Request& request,
                                               const Caller& asks, const std::string& key, const TraceContext& trace);

}  // namespace troupe::gateway

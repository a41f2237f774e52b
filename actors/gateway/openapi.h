// What a gateway offers as an OpenAPI 3.1 document, from the schemas and their comments.
#pragma once

#include <string>
#include <vector>

#include "gateway/gateway.h"
#include "gateway/route_table.h"

namespace troupe::gateway {

// JSON. The same bytes for the same routes. `streams`: of what the host answers, by its number; null: it is no stream.
[[nodiscard]] std::string openapi(const RouteTable& table, const ApiInfo& info,
                                  const std::vector<const StreamDocument*>& streams = {});

}  // namespace troupe::gateway

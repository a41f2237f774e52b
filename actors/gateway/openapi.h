// What a gateway offers as an OpenAPI 3.1 document, from the schemas and their comments.
#pragma once

#include <string>

#include "gateway/gateway.h"
#include "gateway/route_table.h"

namespace troupe::gateway {

// JSON. The same bytes for the same routes.
[[nodiscard]] std::string openapi(const RouteTable& table, const ApiInfo& info);

}  // namespace troupe::gateway

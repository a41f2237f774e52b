// The W3C's Trace Context, as far as HTTP carries it.
#pragma once

#include <string>
#include <string_view>

#include "gateway/http/request.h"

namespace troupe::gateway {

// 32 hexadecimal digits: of the request's `traceparent` where that is well-formed, else new ones by chance.
[[nodiscard]] std::string trace_of(const http::Request& request);
// Nothing: it is no `traceparent` of version 00, or of a later one that reads like it.
[[nodiscard]] std::string_view trace_id_in(std::string_view trace_parent) noexcept;

}  // namespace troupe::gateway

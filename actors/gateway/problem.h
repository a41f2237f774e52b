// Errors as `application/problem+json` (RFC 9457).
#pragma once

#include <string>
#include <string_view>

#include "gateway/http/request.h"
#include "gateway/http/response.h"
#include "troupe/error.h"

namespace troupe::gateway {

// {"type": "about:blank", "title": "Not Found", "status": 404, "kind": "not_found", "code": ..., "detail": ...,
// "traceId": ...}; what is empty is left out. `kind` is the ErrorKind's name, `code` a refusal's.
[[nodiscard]] http::Response problem(const Error& error, std::string_view trace_id = {});
// One of HTTP's own: a path that is not there, a verb, a body's type.
[[nodiscard]] http::Response problem(int status, std::string_view detail, std::string_view trace_id = {});
// 405: the path takes these verbs alone.
[[nodiscard]] http::Response not_taken(const http::Request& request, std::string_view allowed,
                                       std::string_view trace_id);

}  // namespace troupe::gateway

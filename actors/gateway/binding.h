// A request as the parameters of a call, and its results as an answer.
#pragma once

#include <capnp/any.h>

#include <string>
#include <vector>

#include "gateway/http/request.h"
#include "gateway/http/response.h"
#include "gateway/route_table.h"
#include "troupe/error.h"

namespace troupe::gateway {

// 0: the body may be taken; 415: it is no JSON; 400: none is taken.
[[nodiscard]] int takes_body(const Route& route, const http::Request& request);

// Of a body that may be taken. `invalid`: what is wrong, with the place: a member of the body as a JSON pointer, a part
// of the path, the query or a header by name. `segments`: of the request's path.
[[nodiscard]] Result<void> bind(const Route& route, const http::Request& request,
                                const std::vector<std::string>& segments, capnp::AnyPointer::Builder into);

// `key`: of the actor that answered. `params`: what it was called with. Throws kj::Exception for a message that cannot
// be read.
[[nodiscard]] http::Response answer(const Route& route, std::string_view key, capnp::AnyPointer::Reader params,
                                    capnp::AnyPointer::Reader results);

}  // namespace troupe::gateway

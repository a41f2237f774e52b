// A request as the parameters of a call, and its results as an answer.
#pragma once

#include <capnp/any.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gateway/http/request.h"
#include "gateway/http/response.h"
#include "gateway/route_table.h"
#include "troupe/error.h"

namespace troupe::gateway {

// Why the body cannot be taken; nothing: it may be.
struct BodyRefusal {
  int status;  // 415: it is of another type; 400: none is taken
  std::string why;
};
[[nodiscard]] std::optional<BodyRefusal> refuses_body(const Route& route, const http::Request& request);

// Of a body that may be taken. `invalid`: what is wrong, with the place: a member of the body as a JSON pointer, a part
// of the path, the query or a header by name. `segments`: of the request's path.
[[nodiscard]] Result<void> take_parameters(const Route& route, const http::Request& request,
                                           const std::vector<std::string>& segments, capnp::AnyPointer::Builder into);

// Fields of the parameters as words, by name.
using Words = std::map<std::string, std::string, std::less<>>;
// Those that the route's location is made of. Before the call is sent.
[[nodiscard]] Words words_for_location(const Route& route, capnp::AnyPointer::Reader params);

// An answer with room for what most have: made by the thread that will send it, filled by the one that learns it.
[[nodiscard]] http::Response room_for_answer();
// `key`: of the actor that answered. Throws kj::Exception for a message that cannot be read.
void fill_answer(const Route& route, std::string_view key, const Words& words, capnp::AnyPointer::Reader results,
                 http::Response& out);

}  // namespace troupe::gateway

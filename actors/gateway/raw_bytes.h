// Bodies and answers that go as they are, $Http.bytes: pictures, say. Pure.
#pragma once

#include <capnp/dynamic.h>

#include <optional>
#include <string>
#include <string_view>

#include "gateway/binding.h"

namespace troupe::gateway {

// "Image/PNG; q=1" to "image/png".
[[nodiscard]] std::string media_type(std::string_view content_type);

// Of a route with Route::raw_body.
[[nodiscard]] std::optional<BodyRefusal> refuses_bytes(const Route& route, const http::Request& request);
// `invalid`: there is no body, and one is required.
[[nodiscard]] Result<void> take_bytes(const Route& route, const http::Request& request,
                                      capnp::DynamicStruct::Builder params);

// Of a route with Route::raw_answer: the bytes, their type, and that no browser runs what is in them. A type that the
// schema does not have goes out as application/octet-stream.
void give_bytes(const Route& route, capnp::DynamicStruct::Reader results, http::Response& out);

}  // namespace troupe::gateway

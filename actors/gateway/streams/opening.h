// What a request for a stream asks for: whose events, and from where on. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/http/request.h"
#include "gateway/streams/cursor.h"
#include "troupe/error.h"

namespace troupe::gateway {

// Where a stream begins.
struct Beginning {
  enum class At : unsigned char { end, beginning, cursor };
  At at = At::end;
  Cursor cursor{};
};
// Of Last-Event-ID, else of ?after=: "beginning", "end", or the id of an event. `invalid`: it is none of that, or the
// query has something else.
[[nodiscard]] Result<Beginning> beginning_of(const http::Request& request);

// Whether a page of that origin may open a WebSocket: no browser, the same host, or one of those.
[[nodiscard]] bool may_open(const http::Request& request, const std::vector<std::string>& origins);

}  // namespace troupe::gateway

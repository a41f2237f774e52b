// The page to read the API's documents and to try it, in the library itself: RapiDoc (MIT, page/rapidoc-LICENSE.txt),
// which loads nothing from elsewhere.
#pragma once

#include <optional>

#include "gateway/http/request.h"
#include "gateway/http/response.h"

namespace troupe::gateway {

// Of `/docs` and what it loads; nothing: the path is another. Not conditional yet.
[[nodiscard]] std::optional<http::Response> api_page(const http::Request& request);

}  // namespace troupe::gateway

// What is read, with its tag: not sent again to whoever has it.
#pragma once

#include <utility>

#include "gateway/http/conditional.h"
#include "gateway/problem.h"

namespace troupe::gateway {

// Of a success with a body: with its ETag, or 304, or 412, as the request wants it.
[[nodiscard]] inline http::Response tagged(const http::Request& request, http::Response response) {
  const std::string tag = http::etag_of(response.body);
  response.headers.set("ETag", tag);
  if (!response.headers.has("Cache-Control")) response.headers.add("Cache-Control", "no-cache");
  switch (http::judge(request, {.etag = tag})) {
    case http::Verdict::not_modified: return http::not_modified(response);
    case http::Verdict::failed: return problem(412, "it is another by now");
    case http::Verdict::proceed: break;
  }
  return response;
}

}  // namespace troupe::gateway

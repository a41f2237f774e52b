// The admin API as a pure mapping: a request in, a status and JSON out, over an InspectionSource. It serves the admin
// socket and Node::admin() alike; runtime/doc/admin.md has an example of each request.
//
// Errors are {"error": {"kind", "code", "message", "mayHaveRun"}} with the status of their kind. An actor of another
// node gets status 421 and "owner", the name of the node to ask.
#pragma once

#include <string>
#include <string_view>

#include "observe/inspection_source.h"

namespace troupe::observe {

struct AdminRequest {
  std::string_view method;  // "GET"
  std::string_view target;  // "/actors?service=Stock"
  std::string_view body;
  std::string_view authorization{};  // asked for over TCP alone
  std::string_view accept{};         // what GET /metrics answers in: JSON, unless this names a text format
};

struct AdminAnswer {
  int status = 200;
  std::string json;  // or what `content_type` says
  std::string content_type = "application/json";
};

// Any thread. No exception leaves it; it blocks as long as the source does.
[[nodiscard]] AdminAnswer answer(InspectionSource& source, const AdminRequest& request) noexcept;

}  // namespace troupe::observe

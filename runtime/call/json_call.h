// A call made from text: the method by name, parameters and results as JSON, everything else by the schema. For the
// debug tool and the admin API, which show no secrets ($Troupe.secret) of the results; an ordinary call in every other
// respect.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "troupe/error.h"
#include "troupe/ref.h"

namespace troupe::call {

// Blocks until the call ends; not from inside a handler. `timeout` zero: the method's own, or the node's default,
// which is `default_timeout`. `not_found` for an unknown method (the known ones are listed), `invalid` for JSON that
// does not fit; both before anything is sent.
[[nodiscard]] Result<std::string> json_call(RefBase ref, std::string_view method, std::string_view json,
                                            std::chrono::milliseconds timeout,
                                            std::chrono::milliseconds default_timeout = std::chrono::seconds(10));

}  // namespace troupe::call

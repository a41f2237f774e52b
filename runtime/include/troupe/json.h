// Calls from text: the method by name, parameters and results as JSON, everything else by the schema. For
// gateways, scripts and bridges; whoever has the generated code calls through it instead.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "troupe/duration.h"
#include "troupe/error.h"
#include "troupe/ref.h"

namespace troupe {

// Makes an ordinary call and gives its results as JSON, secrets ($Troupe.secret) in clear: it is a program that asks.
// Outside actors. `callback` runs once: on the calling thread for `not_found` (no such method; the known ones are
// listed) and `invalid` (JSON that does not fit), before anything is sent; else on a thread of the runtime, where it
// must not block. `timeout` zero: the method's own, or the node's. Throws `invalid` for an empty callback.
void call_json(RefBase ref, std::string_view method, std::string_view json, Milliseconds timeout,
               std::function<void(Result<std::string>)> callback);

}  // namespace troupe

// What a host program gave the runtime to call, so that what it throws ends there: on a thread of the runtime it would
// end the process.
#pragma once

#include <exception>
#include <functional>
#include <string>
#include <utility>

#include "base/log_fields.h"
#include "troupe/log.h"

namespace troupe {

// Runs `call`; what it throws becomes a line of the log that says who threw: "NodeConfig::on_unhealthy".
template <class Call>
void run_guarded(const char* who, const LogSink& log, Call&& call) noexcept {
  const auto say = [&](const char* what) noexcept {
    try {
      if (log) log({LogLevel::error, "host", std::string(who) + " threw: " + what, LogFields{{"error", what}}});
    } catch (...) {  // then there is nobody to tell
    }
  };
  try {
    std::forward<Call>(call)();
  } catch (const std::exception& e) {
    say(e.what());
  } catch (...) {
    say("what is no std::exception");
  }
}

// `call` as one that does not throw; empty if it is. Without a log nobody hears of it.
template <class... Arguments>
[[nodiscard]] std::function<void(Arguments...)> guarded(const char* who, std::function<void(Arguments...)> call,
                                                        LogSink log = {}) {
  if (!call) return {};
  return [who, call = std::move(call), log = std::move(log)](Arguments... arguments) {
    run_guarded(who, log, [&] { call(arguments...); });
  };
}

}  // namespace troupe

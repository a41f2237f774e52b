// What a route makes of the header Idempotency-Key. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "gateway/idempotency_key.h"
#include "troupe/caller.h"

namespace troupe::gateway {

// Whose an Idempotency-Key is: of those who are not known nobody takes another's answer, but from the same address.
[[nodiscard]] inline std::string sender_of(const http::Request& request, const Caller& asks) {
  return asks.known() ? "caller " + asks.name : "address " + request.peer.address;
}

// The request's key, if it has one; that of a safe one is not looked at. Throws `invalid` for what is none, and where
// the route wants one.
[[nodiscard]] inline std::optional<std::string> key_wanted(const Route& route, const http::Request& request) {
  if (request.is_safe()) return std::nullopt;
  auto key = idempotency_key_of(request).value();
  if (!key && route.wants_idempotency_key)
    throw Error(ErrorKind::invalid,
                route.name() + " wants the header Idempotency-Key, so that it runs once however often it is sent");
  return key;
}

// For how long a call of the method may be under way at most, with some time to hear of it.
[[nodiscard]] inline std::chrono::milliseconds longest_of(const MethodInfo& method, std::chrono::milliseconds timeout) {
  constexpr std::chrono::milliseconds kIfNotTold{30'000}, kToHear{1'000};
  const std::chrono::milliseconds own(method.timeout_ms);
  return (timeout.count() > 0 ? timeout : own.count() > 0 ? own : kIfNotTold) + kToHear;
}

}  // namespace troupe::gateway

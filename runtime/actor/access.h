// Whether who is asking may call a method from outside: the rule that the schema gives it, held against the caller.
// Looked at where a call reaches the node that has the actor, before it touches anything there.
#pragma once

#include <memory>
#include <string_view>

#include "troupe/caller.h"
#include "troupe/error.h"
#include "troupe/http_route.h"
#include "troupe/placement.h"
#include "wire/envelope.h"

namespace troupe::actor {

// What a rule says. Pure.
enum class Access : std::uint8_t {
  granted,
  closed,   // to everybody: the schema has no rule
  unknown,  // who is asking would have to be known
  denied,   // who is asking has no role of it, and is not the actor's own
  scope     // the token lacks a scope
};

// `key`: of the actor; empty: it is nobody's own, whatever it is called.
[[nodiscard]] Access access(const AccessRule& rule, const Caller& caller, std::string_view key) noexcept;

// Null: the call goes on. Else `unauthenticated` or `denied`, which name the method and its rule, and of who is asking
// nothing. For calls from outside.
[[nodiscard]] std::unique_ptr<Error> refused_access(const wire::Envelope& call);

}  // namespace troupe::actor

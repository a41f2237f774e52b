#include "actor/access.h"

#include "base/shared_caller.h"
#include "troupe/service.h"

namespace troupe::actor {
namespace {

// "its own ($Auth.self) or has one of the roles admin clerk ($Auth.role)"
std::string wanted(const AccessRule& rule) {
  std::string out;
  if (rule.own) out = "whose name is the actor's key ($Auth.self)";
  if (*rule.roles)
    out += (rule.own ? " or " : "") + std::string("with one of the roles ") + rule.roles + " ($Auth.role)";
  return out;
}

// Why, as the end of a sentence that begins with the method.
std::string in_words(Access access, const AccessRule& rule) {
  switch (access) {
    case Access::granted: break;
    case Access::closed:
      return " is not for calls from outside: its schema has no rule that says who may make them (troupe/auth.capnp)";
    case Access::unknown:
      if (rule.who == AccessRule::Who::some)
        return " is for callers " + wanted(rule) + ", and who is asking is not known; sign in";
      if (rule.who == AccessRule::Who::known)
        return " is for callers who are known ($Auth.user), and who is asking is not; sign in";
      return " needs the scopes " + std::string(rule.scopes) +
             " ($Auth.scope), and who is asking is not known; sign in";
    case Access::denied: return " is for callers " + wanted(rule) + ", and who is asking is none";
    case Access::scope:
      return " needs the scopes " + std::string(rule.scopes) + " ($Auth.scope), and the caller's token lacks one";
  }
  return {};
}

}  // namespace

Access access(const AccessRule& rule, const Caller& caller, std::string_view key) noexcept {
  using Who = AccessRule::Who;
  if (rule.who == Who::nobody) return Access::closed;
  if (rule.who != Who::everybody && !caller.known()) return Access::unknown;
  if (rule.who == Who::some) {
    const bool own = rule.own && !key.empty() && key == caller.name;
    if (!own && !any_word(rule.roles, caller.roles)) return Access::denied;
  }
  if (first_missing(rule.scopes, caller.scopes).empty()) return Access::granted;
  return caller.known() ? Access::scope : Access::unknown;
}

std::unique_ptr<Error> refused_access(const wire::Envelope& call) {
  static const Caller anonymous;
  const wire::Address& actor = *call.target;
  if (call.method >= actor.service.method_count) return nullptr;  // there is nothing that it could run
  const MethodInfo& method = actor.service.methods[call.method];
  const Caller& caller = call.caller ? call.caller->caller() : anonymous;
  const bool has_owner = actor.service.placement == Placement::keyed;
  const Access granted = access(method.access, caller, has_owner ? std::string_view(actor.key) : std::string_view());
  if (granted == Access::granted) return nullptr;
  const ErrorKind kind = granted == Access::unknown ? ErrorKind::unauthenticated : ErrorKind::denied;
  return std::make_unique<Error>(kind, actor.text() + "." + method.name + in_words(granted, method.access));
}

}  // namespace troupe::actor

#include "gateway/access.h"

#include <algorithm>

namespace troupe::gateway {
namespace {

template <class Visit>
bool any_word(std::string_view words, Visit&& visit) {
  while (!words.empty()) {
    const auto end = std::min(words.find(' '), words.size());
    if (visit(words.substr(0, end))) return true;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return false;
}

}  // namespace

Result<void> allows(const AccessRule& rule, const Caller& asks, std::string_view key, std::string_view method) {
  const std::string name(method);
  if (rule.who == AccessRule::Who::everybody) return {};
  if (rule.who == AccessRule::Who::nobody) return Error(ErrorKind::denied, name + " is not called from outside");
  if (!asks.known()) return Error(ErrorKind::unauthenticated, name + " is for those who are known: send a token");
  if (any_word(rule.scopes, [&](std::string_view scope) { return !asks.has_scope(scope); }))
    return Error(ErrorKind::denied, name + " needs a token with the scope: " + rule.scopes);
  if (rule.who == AccessRule::Who::known) return {};
  if (rule.own && asks.name == key) return {};
  if (any_word(rule.roles, [&](std::string_view role) { return asks.has_role(role); })) return {};
  const std::string roles = rule.roles;
  return Error(ErrorKind::denied, name + " is for " + (rule.own ? "its owner" : "") +
                                      (rule.own && !roles.empty() ? " and " : "") +
                                      (roles.empty() ? "" : "those with the role: " + roles));
}

bool is_by_role(const AccessRule& rule, const Caller& asks, std::string_view key) noexcept {
  return rule.who == AccessRule::Who::some && *rule.roles != '\0' && !(rule.own && asks.name == key);
}

}  // namespace troupe::gateway

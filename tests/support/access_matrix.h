// Who may call what, made from the schemas: every route of some services, tried by everybody whom a rule could tell
// apart. What is right is said here once more, and not asked of the code that is tried.
#pragma once

#include <capnp/schema.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "troupe/caller.h"
#include "troupe/http_route.h"
#include "troupe/service.h"

namespace troupe::testing {

struct Attempt {
  const ServiceInfo* service;
  const MethodInfo* method;
  std::string target;  // with the key and words for all else in braces
  std::string key;
  Caller caller;
  bool may;
};

inline std::vector<std::string> words_of(const char* text) {
  std::istringstream in(text);
  std::vector<std::string> out;
  for (std::string word; in >> word;) out.push_back(word);
  return out;
}

inline std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

// As doc/access.md has it.
inline bool may_call(const AccessRule& rule, const Caller& caller, const std::string& key) {
  if (rule.who == AccessRule::Who::nobody) return false;
  for (const auto& scope : words_of(rule.scopes))
    if (!caller.has_scope(scope)) return false;
  if (rule.who == AccessRule::Who::everybody) return true;
  if (!caller.known()) return false;
  if (rule.who == AccessRule::Who::known) return true;
  if (rule.own && caller.name == key) return true;
  const auto roles = words_of(rule.roles);
  return std::any_of(roles.begin(), roles.end(), [&](const std::string& role) { return caller.has_role(role); });
}

// A word that the parameter of that name takes.
inline std::string word_for(const MethodInfo& method, const ServiceInfo& service, const std::string& name) {
  const auto params = service.schema().getMethods()[method.ordinal].getParamType();
  for (const auto field : params.getFields()) {
    if (field.getProto().getName() != name.c_str()) continue;
    if (field.getType().isText() || field.getType().isData()) return "word";
    if (field.getType().isBool()) return "true";
    if (field.getType().isEnum()) return field.getType().asEnum().getEnumerants()[0].getProto().getName().cStr();
    return "1";
  }
  return "word";
}

inline std::string target_of(const MethodInfo& method, const ServiceInfo& service, const std::string& key) {
  std::string out = method.route->path;
  for (std::size_t from = out.find('{'); from != std::string::npos; from = out.find('{', from)) {
    const std::size_t to = out.find('}', from);
    const std::string name = out.substr(from + 1, to - from - 1);
    const bool is_key = method.route->key == HttpRoute::Key::path && (name == method.route->key_name || name == "key");
    out.replace(from, to - from + 1, is_key ? key : word_for(method, service, name));
  }
  return out;
}

// Nobody, the actor's own, somebody else, and somebody of each role; each without scopes, with all, and with all but
// one.
inline std::vector<Caller> everybody_for(const std::vector<const ServiceInfo*>& services, const std::string& own) {
  std::set<std::string> roles, scopes;
  for (const auto* service : services) {
    for (std::uint16_t i = 0; i < service->method_count; ++i) {
      const auto& rule = service->methods[i].access;
      for (auto& role : words_of(rule.roles)) roles.insert(role);
      for (auto& scope : words_of(rule.scopes)) scopes.insert(scope);
    }
  }
  std::vector<Caller> people = {{}, {.name = own}, {.name = "somebody-else"}};
  for (const auto& role : roles) people.push_back({.name = "of-role-" + role, .roles = role});
  people.push_back({.name = "of-all-roles", .roles = joined({roles.begin(), roles.end()})});
  people.push_back({.name = "of-a-role-that-is-none", .roles = "administrator"});
  std::vector<Caller> out = people;
  std::vector<std::string> all(scopes.begin(), scopes.end());
  for (std::size_t without = 0; without <= all.size() && !all.empty(); ++without) {
    auto some = all;
    if (without < all.size()) some.erase(some.begin() + static_cast<std::ptrdiff_t>(without));
    for (Caller each : people) {
      if (!each.known()) continue;  // scopes are a token's
      each.scopes = joined(some);
      out.push_back(each);
    }
  }
  return out;
}

inline std::vector<Attempt> access_matrix(const std::vector<const ServiceInfo*>& services) {
  const std::string own = "somebody";
  std::vector<Attempt> out;
  for (const auto* service : services) {
    for (std::uint16_t i = 0; i < service->method_count; ++i) {
      const auto& method = service->methods[i];
      if (!method.route) continue;
      for (const auto& caller : everybody_for(services, own)) {
        // Where no path names the actor, a rule of one's own is about the actor that the route gives.
        const auto how = method.route->key;
        const std::string key = how == HttpRoute::Key::path    ? own
                                : how == HttpRoute::Key::fixed ? method.route->key_text
                                : how == HttpRoute::Key::own   ? caller.name
                                                               : "";
        const bool may = may_call(method.access, caller, key) && (how != HttpRoute::Key::own || caller.known());
        out.push_back({service, &method, target_of(method, *service, key), key, caller, may});
      }
    }
  }
  return out;
}

}  // namespace troupe::testing

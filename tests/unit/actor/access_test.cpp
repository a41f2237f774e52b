// The rule of a method, held against who is asking: every kind of rule against every kind of caller.
#include "actor/access.h"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::actor;

namespace {

using Who = AccessRule::Who;

AccessRule rule(Who who, bool own, const char* roles, const char* scopes = "") {
  return {.who = who, .own = own, .roles = roles, .scopes = scopes};
}

const Caller kNobody{};
const Caller kAnn{.name = "ann", .roles = "clerk admin", .scopes = "read"};

Access of(const AccessRule& rule, const Caller& caller, std::string_view key = "o-1") {
  return access(rule, caller, key);
}

}  // namespace

TEST_CASE("a rule that is not there lets nobody in") {
  CHECK(of(rule(Who::nobody, false, ""), kNobody) == Access::closed);
  CHECK(of(rule(Who::nobody, true, "clerk"), kAnn, "ann") == Access::closed);
  CHECK(of(AccessRule{}, kAnn) == Access::closed);
}

TEST_CASE("everybody is also who is not known, and known is who has a name") {
  CHECK(of(rule(Who::everybody, false, ""), kNobody) == Access::granted);
  CHECK(of(rule(Who::everybody, false, ""), kAnn) == Access::granted);
  CHECK(of(rule(Who::known, false, ""), kNobody) == Access::unknown);
  CHECK(of(rule(Who::known, false, ""), kAnn) == Access::granted);
}

TEST_CASE("some are whose name the key is, and who has one of the roles") {
  CHECK(of(rule(Who::some, true, ""), kAnn, "ann") == Access::granted);
  CHECK(of(rule(Who::some, true, ""), kAnn, "anne") == Access::denied);
  CHECK(of(rule(Who::some, false, ""), kAnn, "ann") == Access::denied);
  CHECK(of(rule(Who::some, false, "root admin"), kAnn) == Access::granted);
  CHECK(of(rule(Who::some, false, "root adm"), kAnn) == Access::denied);
  CHECK(of(rule(Who::some, true, "clerk"), kAnn) == Access::granted);
  CHECK(of(rule(Who::some, true, "root"), kAnn, "ann") == Access::granted);
}

TEST_CASE("who is not known is nobody's own and has no role, whatever else comes with it") {
  const Caller roles_alone{.name = {}, .roles = "admin", .scopes = {}};

  CHECK(of(rule(Who::some, false, "admin"), roles_alone) == Access::unknown);
  CHECK(of(rule(Who::some, true, ""), kNobody, "") == Access::unknown);
  CHECK(of(rule(Who::some, true, ""), kAnn, "") == Access::denied);
}

TEST_CASE("every scope is needed beside the rest of the rule, and the order is free") {
  const Caller both{.name = "bob", .roles = {}, .scopes = "write  read extra"};
  const Caller machine{.name = {}, .roles = {}, .scopes = "read write"};

  CHECK(of(rule(Who::known, false, "", "read write"), both) == Access::granted);
  CHECK(of(rule(Who::known, false, "", "read write"), kAnn) == Access::scope);
  CHECK(of(rule(Who::known, false, "", "read"), kAnn) == Access::granted);
  CHECK(of(rule(Who::some, false, "clerk", "read write"), kAnn) == Access::scope);
  CHECK(of(rule(Who::some, false, "root", "read"), kAnn) == Access::denied);
  CHECK(of(rule(Who::everybody, false, "", "read write"), machine) == Access::granted);
  CHECK(of(rule(Who::everybody, false, "", "read"), kNobody) == Access::unknown);
}

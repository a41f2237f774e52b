// Whether a program may go on with what another one wrote, in either direction: a later one by the rules of
// schema_rules.h, an earlier one where the later only added. What that added and the earlier has no room for stays as
// it is (later_fields.h). Pure; any thread.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "reflect/schema_changes.h"
#include "reflect/schema_set.h"
#include "troupe/error.h"

namespace troupe::reflect {

struct Succession {
  std::vector<std::string> refused;  // sentences: all that may not be; then nothing is later
  std::vector<std::string> noticed;  // sentences: who sees it
  // Of which `seen` has the later form: types, their groups too. The program has room for less, and nothing else is
  // between the two.
  std::set<std::uint64_t> later;
  std::vector<std::string> later_by;  // sentences: what they have more
};

// `seen`: what was written with; `program`: what is to go on with it. `corrupt`: a set holds what is no schema.
[[nodiscard]] Result<Succession> succession(const SchemaSet& seen, const SchemaSet& program);

}  // namespace troupe::reflect

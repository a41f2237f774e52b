// Whether a program with new schemas may go on with what one with old schemas wrote and sent.
//
// Every type that both sets have is compared by its id, so recursive types need no care. What cannot be read is an
// error; what may not be done is an answer. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "reflect/schema_rules.h"
#include "reflect/schema_set.h"
#include "troupe/error.h"

namespace troupe::reflect {

struct SchemaChange {
  Rule rule;
  std::string path;    // "OrderState.lines"
  std::string what;    // "type changed from List(OrderLine) to Text"
  std::string advice;  // what to do instead; empty: nothing
  std::uint64_t type;  // of which type or service it is

  [[nodiscard]] Allowance allowance() const noexcept { return text_of(rule).allowance; }
  // "OrderState.lines: type changed from List(OrderLine) to Text: old bytes cannot be read as another type; keep ..."
  [[nodiscard]] std::string sentence() const;
};

// Every change, worst first, then by path. `corrupt`: a set holds what is no schema.
[[nodiscard]] Result<std::vector<SchemaChange>> compare(const SchemaSet& before, const SchemaSet& after);

}  // namespace troupe::reflect

// What may change between two versions of a schema: the rules as data. runtime/doc/schema_evolution.md is the same
// table for people; compare() (schema_changes.h) finds which of them a change falls under.
#pragma once

#include <cstdint>
#include <span>

namespace troupe::reflect {

enum class Allowance : std::uint8_t {
  allowed,  // nobody notices
  noticed,  // old bytes stay readable, but somebody sees it: JSON names, HTTP paths, older readers
  refused,  // old bytes would be misread, or lost
};

enum class Rule : std::uint8_t {
  // allowed
  new_type,
  type_gone,
  new_service,
  new_field,
  new_enumerant,
  new_method,
  state_added,
  state_migrated,
  // noticed
  renamed,
  service_renamed,
  service_gone,
  field_into_union,
  list_of_structs,
  method_options,
  // refused
  kind_changed,
  field_gone,
  field_number,
  field_type,
  field_default,
  field_place,
  field_union,
  struct_smaller,
  enumerant_gone,
  enumerant_number,
  method_gone,
  method_number,
  method_parameters,
  method_results,
  superclass_gone,
  service_id,
  state_gone,
  state_type,
  state_version,
};

struct RuleText {
  Rule rule;
  const char* name;  // "field-type"; stable, for programs
  Allowance allowance;
  const char* reason;  // why, as a clause
  const char* advice;  // what to do instead; empty: nothing
};

[[nodiscard]] std::span<const RuleText> rules() noexcept;
[[nodiscard]] const RuleText& text_of(Rule rule) noexcept;

}  // namespace troupe::reflect

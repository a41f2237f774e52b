#include "reflect/schema_rules.h"

#include <iterator>

#include "base/check.h"

namespace troupe::reflect {
namespace {

using enum Allowance;

constexpr const char* kKeepNumbers = "put every number back, and give what is new the next free one";
constexpr const char* kNextVersion =
    "keep the old struct under its id beside the new one, raise actor(version = ...) and write migrate()";

// In the order of Rule.
constexpr RuleText kRules[] = {
    {Rule::new_type, "new-type", allowed, "nothing refers to it yet", ""},
    {Rule::type_gone, "type-gone", allowed, "nothing refers to it any more", ""},
    {Rule::new_service, "new-service", allowed, "nobody called it before", ""},
    {Rule::new_field, "new-field", allowed, "old bytes read it as its default", ""},
    {Rule::new_enumerant, "new-enumerant", allowed, "old bytes never hold it", ""},
    {Rule::new_method, "new-method", allowed, "nobody called it before", ""},
    {Rule::state_added, "state-added", allowed, "nothing was kept before", ""},
    {Rule::state_migrated, "state-migrated", allowed, "the actor's migrate() turns the old state into the new one", ""},

    {Rule::renamed, "renamed", noticed, "bytes carry no names, but JSON and HTTP do: their users see the new one", ""},
    {Rule::service_renamed, "service-renamed", noticed,
     "actors keep their state, but whoever names the service (JSON, HTTP, tools) must use the new name", ""},
    {Rule::service_gone, "service-gone", noticed, "calls of it fail, and what its actors keep stays on disk unread",
     ""},
    {Rule::field_into_union, "field-into-union", noticed,
     "old bytes read as this member; an older reader sees it as unset when another member is set", ""},
    {Rule::list_of_structs, "list-of-structs", noticed,
     "old elements read as the struct's first field, but JSON shows a struct for each", ""},
    {Rule::method_options, "method-options", noticed,
     "bytes stay as they are, but callers see another behaviour or path", ""},

    {Rule::kind_changed, "kind-changed", refused, "a type id stands for one kind of type",
     "give the new type an id of its own"},
    {Rule::field_gone, "field-gone", refused, "its number would be given again, to something that old bytes are not",
     "keep the field; rename it if it is obsolete"},
    {Rule::field_number, "field-number", refused, "a field is its number: old bytes would be read as another field",
     kKeepNumbers},
    {Rule::field_type, "field-type", refused, "old bytes cannot be read as another type",
     "keep the field (rename it if it is obsolete) and add one of the new type with the next number"},
    {Rule::field_default, "field-default", refused, "bytes are kept relative to the default: old values would change",
     "put the old default back, and set the wanted value where a struct is made"},
    {Rule::field_place, "field-place", refused, "old bytes hold it elsewhere",
     "put back the numbers and types of all fields before it"},
    {Rule::field_union, "field-union", refused, "old bytes say another member is set",
     "leave the field where it was; only a single field may become the first member of a union that is all new"},
    {Rule::struct_smaller, "struct-smaller", refused, "old bytes hold more than it has room for",
     "put the removed fields back"},
    {Rule::enumerant_gone, "enumerant-gone", refused, "old bytes may hold it", "keep it; rename it if it is obsolete"},
    {Rule::enumerant_number, "enumerant-number", refused,
     "an enumerant is its number: old bytes would be read as another one", kKeepNumbers},
    {Rule::method_gone, "method-gone", refused, "callers and remembered replies go by its number",
     "keep it, and refuse in its handler"},
    {Rule::method_number, "method-number", refused, "a method is its number: callers would reach another one",
     kKeepNumbers},
    {Rule::method_parameters, "method-parameters", refused, "callers send the old struct",
     "keep the parameters and add fields to them, or add a method"},
    {Rule::method_results, "method-results", refused, "callers and remembered replies hold the old struct",
     "keep the results and add fields to them, or add a method"},
    {Rule::superclass_gone, "superclass-gone", refused, "callers may use its methods", "keep it"},
    {Rule::service_id, "service-id", refused, "actors are kept under the type id: all of them would be new and empty",
     "give the interface its old id"},
    {Rule::state_gone, "state-gone", refused, "what its actors keep would never be read again",
     "put the state back, or give the stateless service another name and id"},
    {Rule::state_type, "state-type", refused, "what its actors keep is of the old type", kNextVersion},
    {Rule::state_version, "state-version", refused, "what its actors keep may be of the later version already",
     "start the build with the later version"},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < std::size(kRules); ++i)
    if (static_cast<std::size_t>(kRules[i].rule) != i) return false;
  return true;
}
static_assert(in_order());

}  // namespace

std::span<const RuleText> rules() noexcept { return kRules; }

const RuleText& text_of(Rule rule) noexcept {
  const auto at = static_cast<std::size_t>(rule);
  TROUPE_CHECK(at < std::size(kRules));
  return kRules[at];
}

}  // namespace troupe::reflect

#include "reflect/way_back.h"

#include <kj/exception.h>

#include <optional>

#include "reflect/schema_layout.h"

namespace troupe::reflect {
namespace {

// Groups within groups; more is no schema that a compiler made.
constexpr int kMaxGroups = 64;

// What is missing when the later form only added something.
bool is_lack(Rule rule) {
  return rule == Rule::field_gone || rule == Rule::enumerant_gone || rule == Rule::method_gone ||
         rule == Rule::struct_smaller;
}

// What the later form may have done, so that the earlier reads its bytes as they are meant.
bool is_addition(Rule rule) {
  switch (rule) {
    case Rule::new_type:
    case Rule::new_field:
    case Rule::new_enumerant:
    case Rule::new_method:
    case Rule::renamed:
    case Rule::service_renamed:
    case Rule::method_options: return true;
    default: return false;
  }
}

// A group is a part of the struct around it.
void add_groups(const SchemaSet& seen, std::set<std::uint64_t>& later) {
  NodesById nodes;
  if (!nodes.add(seen.nodes).ok()) return;
  for (const auto& [id, node] : nodes.all()) {
    auto around = std::optional(node);
    for (int depth = 0; depth < kMaxGroups && around && around->isStruct() && around->getStruct().getIsGroup(); ++depth)
      around = nodes.find(around->getScopeId());
    if (around && later.contains(around->getId())) later.insert(id);
  }
}

}  // namespace

Result<Succession> succession(const SchemaSet& seen, const SchemaSet& program) try {
  auto forward = compare(seen, program);
  if (!forward.ok()) return forward.error();
  Succession out;
  std::set<std::uint64_t> lacking, broken;
  for (const auto& change : *forward) {
    if (change.allowance() == Allowance::noticed) out.noticed.push_back(change.sentence());
    if (change.allowance() == Allowance::refused) (is_lack(change.rule) ? lacking : broken).insert(change.type);
  }
  if (lacking.empty() && broken.empty()) return out;
  auto back = compare(program, seen);
  if (!back.ok()) return back.error();
  for (const auto& change : *back)
    if (lacking.contains(change.type) && !is_addition(change.rule)) broken.insert(change.type);
  for (const auto& change : *forward) {
    if (change.allowance() != Allowance::refused) continue;
    (broken.contains(change.type) ? out.refused : out.later_by).push_back(change.sentence());
    if (!broken.contains(change.type)) out.later.insert(change.type);
  }
  add_groups(seen, out.later);
  // Who may not go on is told all that is amiss.
  if (!out.refused.empty()) {
    out.refused.insert(out.refused.end(), out.later_by.begin(), out.later_by.end());
    out.later_by.clear();
    out.later.clear();
  }
  return out;
} catch (const kj::Exception& e) {
  return Error(ErrorKind::corrupt, std::string("the schemas cannot be compared: ") + e.getDescription().cStr());
}

}  // namespace troupe::reflect

#include "host/partition_schemas.h"

#include "host/catalogue.h"
#include "host/hosted_schemas.h"
#include "store/services_in.h"

namespace troupe::host {
namespace {

Error refusal(std::string why, const std::vector<std::string>& sentences) {
  for (const auto& sentence : sentences) why += " " + sentence + ".";
  return Error(ErrorKind::refused, transfer::kSchemasRefused, std::move(why));
}

}  // namespace

Result<std::string> PartitionSchemas::seen_in(PartitionId partition) {
  auto held = store::services_in(store_, partition);
  if (!held.ok()) return held.error();
  const std::uint64_t changes = store_.schemas().changes();
  const std::lock_guard lock(mutex_);
  if (changes != changes_) texts_.clear();
  changes_ = changes;
  if (const auto known = texts_.find(held->services); known != texts_.end()) return known->second;
  auto seen = read_catalogue(store_.schemas());
  if (!seen.ok()) return seen.error();
  auto of_services = reflect::only_of(*seen, held->services);
  if (!of_services.ok()) return of_services.error();
  return texts_[held->services] = reflect::to_text(*of_services);
}

Result<void> PartitionSchemas::take(std::string_view seen) {
  if (const auto known = judged_.find(seen); known != judged_.end()) return known->second;
  auto judged = judge(seen);
  if (!judged.ok() && judged.error().code() != transfer::kSchemasRefused) return judged;  // it may be another time
  if (judged_.size() == kMostJudged) judged_.clear();
  judged_.emplace(seen, judged);
  return judged;
}

Result<void> PartitionSchemas::judge(std::string_view seen) {
  auto theirs = reflect::from_text(seen);
  if (!theirs.ok()) return theirs.error();
  const reflect::SchemaSet program = hosted_schemas(registry_, nullptr);
  auto follows = reflect::succession(*theirs, program);
  if (!follows.ok()) return follows.error();
  if (!follows->refused.empty())
    return refusal("the program of node " + node_ + " may not go on with what was written with other schemas:",
                   follows->refused);
  // Before anything of it is here: whoever writes it anew then keeps what this program has no room for.
  if (!follows->later.empty()) context_.keeps_later_fields = true;
  Result<void> done;
  context_.row_types.renew([&] { done = remember(std::move(*theirs), program, follows->later); });
  return done;
}

// What the store knows of the program's types is the program's form, or a later one, since the node started. It learns
// what is later than that, what it has not met, and what the program does not have.
Result<void> PartitionSchemas::remember(reflect::SchemaSet theirs, const reflect::SchemaSet& program,
                                        const std::set<std::uint64_t>& later) {
  auto met = store_.schemas().nodes();
  if (!met.ok()) return met.error();
  std::set<std::uint64_t> has, known, hosted;
  for (const auto& node : program.nodes) has.insert(node.type_id);
  for (const auto& node : *met)
    if (has.contains(node.type_id)) known.insert(node.type_id);
  for (const auto& service : program.services) hosted.insert(service.type_id);
  std::erase_if(theirs.nodes,
                [&](const auto& node) { return known.contains(node.type_id) && !later.contains(node.type_id); });
  std::erase_if(theirs.services, [&](const auto& service) { return hosted.contains(service.type_id); });
  auto learnt = learn_schemas(store_.schemas(), std::move(theirs));
  if (learnt.ok() || learnt.error().kind() != ErrorKind::refused) return learnt;
  return refusal("the store of node " + node_ + ": " + learnt.error().message(), {});
}

}  // namespace troupe::host

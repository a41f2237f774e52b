// The schemas that go with partitions, between this node's store and program and those of others.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "actor/context.h"
#include "actor/registry.h"
#include "reflect/schema_set.h"
#include "store/store.h"
#include "transfer/partition_schemas.h"

namespace troupe::host {

class PartitionSchemas final : public transfer::PartitionSchemas {
 public:
  // All outlive it. `node`: for messages.
  PartitionSchemas(std::string node, store::Store& store, actor::Context& context, const actor::Registry& registry)
      : node_(std::move(node)), store_(store), context_(context), registry_(registry) {}

  Result<std::string> seen_in(PartitionId partition) override;
  Result<void> take(std::string_view seen) override;

 private:
  [[nodiscard]] Result<void> judge(std::string_view seen);
  [[nodiscard]] Result<void> remember(reflect::SchemaSet theirs, const reflect::SchemaSet& program,
                                      const std::set<std::uint64_t>& later);

  const std::string node_;
  store::Store& store_;
  actor::Context& context_;
  const actor::Registry& registry_;

  std::mutex mutex_;
  std::uint64_t changes_ = 0;                               // of the catalogue, when the texts were made
  std::map<std::set<std::uint64_t>, std::string> texts_{};  // by services

  // What was judged in this run, of the taker's thread: the program stays, and partitions mostly say one of a few
  // things.
  static constexpr std::size_t kMostJudged = 64;
  std::map<std::string, Result<void>, std::less<>> judged_{};
};

}  // namespace troupe::host

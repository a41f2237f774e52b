// Whether a store fits the list of members it is started with. A partition whose actors lie elsewhere is answered for
// as if they had never been, in silence; so a start that would do that is refused.
#pragma once

#include <string>
#include <vector>

#include "store/ownership.h"
#include "store/store.h"
#include "troupe/node.h"

namespace troupe::host {

// The partitions that `node` owns among `members`; none for a client.
[[nodiscard]] store::PartitionSet owned_by(const std::string& node, const std::vector<Member>& members);

// Whether the node whose store it is may start with these members. invalid: the store holds actors that others own now,
// or others had what is this node's now; the message says how many, and what to do.
[[nodiscard]] Result<void> check_fit(const store::Store& store, const std::filesystem::path& directory,
                                     const std::vector<Member>& members);

}  // namespace troupe::host

// Pages through the actors of a node: those with a record on disk and those that are active, in key order.
#pragma once

#include "actor/registry.h"
#include "observe/inspection_source.h"
#include "store/store.h"

namespace troupe::inspect {

// `store` may be null. `invalid` for a cursor that is not one, `not_found` for an unknown service.
[[nodiscard]] Result<observe::ActorList> list_actors(const actor::Registry& registry, const store::Store* store,
                                                     const observe::ListRequest& request);

}  // namespace troupe::inspect

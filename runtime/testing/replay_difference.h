// The first thing that a turn did otherwise when it was run again. Pure.
#pragma once

#include <troupe/recording.capnp.h>

#include <functional>
#include <optional>
#include <string>

#include "reflect/schema_book.h"
#include "troupe/replay.h"
#include "troupe/service.h"

namespace troupe::testing {

// "answered", "refused(no_refunds): what is sold is sold".
[[nodiscard]] std::string outcome_in_words(recorded::Turn::Reader turn);

// `service`: of the actor, for values in words; `book`: the schemas that the file brought, for those of others.
[[nodiscard]] std::optional<ReplayDifference> first_difference(recorded::Turn::Reader then, recorded::Turn::Reader now,
                                                               const ServiceInfo& service,
                                                               const reflect::SchemaBook& book);

}  // namespace troupe::testing

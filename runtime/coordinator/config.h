// Which coordinator a cluster has and how it is reached: what users configure, under the names of this room.
#pragma once

#include <cstddef>

#include "troupe/cluster.h"
#include "troupe/limits.h"

namespace troupe::coordinator {

using Kind = CoordinatorKind;
using CoordinatorConfig = troupe::CoordinatorConfig;

inline constexpr std::size_t kMaxEndpoints = limits::kMaxCoordinatorEndpoints;
inline constexpr std::size_t kMaxPrefixBytes = limits::kMaxCoordinatorPrefixBytes;

}  // namespace troupe::coordinator

// The rows of the `meta` database by name; storage_format.md says what is in each.
#pragma once

#include <string_view>

namespace troupe::store::meta {

inline constexpr std::string_view kFormat = "format";
inline constexpr std::string_view kCluster = "cluster";
inline constexpr std::string_view kNode = "node";
inline constexpr std::string_view kKeys = "keys";
inline constexpr std::string_view kLog = "log";
inline constexpr std::string_view kRuns = "runs";
inline constexpr std::string_view kTime = "time";

}  // namespace troupe::store::meta

// Who leads a partition is counted: each leader has it for an epoch of its own. Of two claims about one partition the
// one with the higher epoch is right.
#pragma once

#include <cstdint>

namespace troupe {

using Epoch = std::uint64_t;
// Of every partition in a static list of members. 0 is no epoch.
inline constexpr Epoch kFirstEpoch = 1;
// An epoch shares a word with what else is known of its partition (cluster/current_view.h, actor/leadership.h). At a
// thousand owners a second it takes 8,900 years.
inline constexpr Epoch kMaxEpoch = (Epoch{1} << 48) - 1;

}  // namespace troupe

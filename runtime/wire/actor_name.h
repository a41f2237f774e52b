// How long the names of actors may be that travel: "service/key".
#pragma once

#include <cstddef>

#include "base/limits.h"

namespace troupe::wire {

// A service with a longer name is not hosted.
inline constexpr std::size_t kMaxServiceNameBytes = 256;
// Of senders and watchers the whole name travels, for who receives it goes by it.
inline constexpr std::size_t kMaxActorNameBytes = kMaxServiceNameBytes + 1 + limits::kMaxActorKeyBytes;
// Of the callers above a call as much as names them to a reader.
inline constexpr std::size_t kMaxHopText = 320;

}  // namespace troupe::wire

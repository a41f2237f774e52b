// LMDB's return codes as Errors: what was tried, on what, what came back, what to do.
#pragma once

#include <string>
#include <string_view>

#include "troupe/error.h"

namespace troupe::store {

// "No space left on device"; LMDB's own codes and errno alike.
[[nodiscard]] std::string reason(int code);
// corrupt for damaged or foreign files, unimplemented for another LMDB format, invalid where access is denied,
// unavailable for the rest.
[[nodiscard]] ErrorKind kind_of(int code) noexcept;
// `tried`: "cannot open the store at data/shop-1". The message ends with the reason and, where known, the advice.
[[nodiscard]] Error lmdb_error(std::string_view tried, int code);
// "free space and restart the node"; for a store that stopped.
[[nodiscard]] std::string_view advice_after_stop(int code) noexcept;

}  // namespace troupe::store

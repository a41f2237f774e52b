// Keys of actors that a request makes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace troupe::gateway {

// `prefix`, and 26 characters (130 bits, of which 128 are used) that nobody can guess. With an Idempotency-Key it is
// the same for the same caller and key, so that a request that is sent again meets the same actor.
[[nodiscard]] std::string fresh_key(std::string_view prefix, std::optional<std::string_view> idempotency_key,
                                    std::string_view caller);

}  // namespace troupe::gateway

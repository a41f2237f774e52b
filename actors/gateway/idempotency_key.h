// The header Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): what it says, and the requests it makes the
// same. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/http/request.h"
#include "gateway/route_table.h"
#include "troupe/error.h"

namespace troupe::gateway {

inline constexpr std::size_t kMaxIdempotencyKeyBytes = 255;

// A text in quotes, as the draft has it, or without; nothing: there is none. `invalid`: it is empty, too long, given
// twice, or has other characters than ASCII's visible ones and spaces.
[[nodiscard]] Result<std::optional<std::string>> idempotency_key_of(const http::Request& request);

// Of one caller's key, whichever route it is used for: 43 characters, which nobody can choose.
[[nodiscard]] std::string key_id(std::string_view caller, std::string_view key);

// Of all that the route looks at: verb, target, headers and body. 32 bytes.
[[nodiscard]] std::string fingerprint_of(const Route& route, const http::Request& request);

}  // namespace troupe::gateway

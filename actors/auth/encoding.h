// Bytes as tokens carry them: base64url without padding (RFC 4648, 5), SHA-256, random bytes. Any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::auth {

[[nodiscard]] std::string to_base64url(std::string_view bytes);
// Strict: nothing for another character, padding, a length that no bytes have, or unused bits that are not zero, so
// that no two texts stand for the same bytes.
[[nodiscard]] std::optional<std::string> from_base64url(std::string_view text);

// The text as a component of a query (RFC 3986, 2.1).
[[nodiscard]] std::string percent_encoded(std::string_view text);

// 32 bytes.
[[nodiscard]] std::string sha256(std::string_view bytes);
// From the system; throws Error `failed` when it has none.
[[nodiscard]] std::string random_bytes(std::size_t count);
// Takes as long wherever they differ; the lengths are no secret.
[[nodiscard]] bool equal_secrets(std::string_view one, std::string_view other) noexcept;

}  // namespace troupe::auth

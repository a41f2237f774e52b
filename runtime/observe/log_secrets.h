// What of a log line must not be read by anybody: fields whose name says that they hold a secret, and tokens within
// texts, known by their shape. The last fence only: what writes a line names no secret in it. Pure.
#pragma once

#include <string>
#include <string_view>

namespace troupe::observe {

inline constexpr std::string_view kMasked = "***";

// "password", "clientSecret", "refresh_token", "Authorization", "cookie", "private-key"; not "key", which actors have.
[[nodiscard]] bool names_secret(std::string_view field) noexcept;
// `text` without what follows "Bearer " or "Basic ", JSON Web Tokens, and private keys in PEM.
[[nodiscard]] std::string without_tokens(std::string_view text);

}  // namespace troupe::observe

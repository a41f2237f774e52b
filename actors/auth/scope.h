// Words of scopes (RFC 6749, 3.3) and other texts of the protocol. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::auth {

// Printable ASCII, spaces too, at least one character.
[[nodiscard]] bool is_plain(std::string_view text) noexcept;
// One word: printable ASCII without space, quote and backslash, at most limits::kMaxNameBytes.
[[nodiscard]] bool is_scope(std::string_view text) noexcept;
[[nodiscard]] std::string join_scope(const std::vector<std::string>& scope);
// The words that are asked for, each of them among `allowed`; all of `allowed` when none is asked for. Nothing: a word
// is none, or not allowed.
[[nodiscard]] std::optional<std::vector<std::string>> choose_scope(std::string_view asked,
                                                                   const std::vector<std::string>& allowed);

// --- PKCE (RFC 7636), with S256 alone ---

// 43 characters of base64url, as a SHA-256 digest has.
[[nodiscard]] bool is_challenge(std::string_view challenge);
// Whether the challenge was made of this verifier, which has 43 to 128 characters of its alphabet.
[[nodiscard]] bool answers(std::string_view verifier, std::string_view challenge);

}  // namespace troupe::auth

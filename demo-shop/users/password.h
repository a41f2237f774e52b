// Secrets as they may be kept: passwords as argon2id, session tokens as SHA-256. Any thread; hash_password and
// matches take tens of milliseconds and belong into blocking().
#pragma once

#include <string>
#include <string_view>

namespace demo {

// Encoded with a fresh salt and the costs, as it is stored.
[[nodiscard]] std::string hash_password(std::string_view password);
[[nodiscard]] bool matches(std::string_view password, const std::string& encoded_hash);

// 256 random bits, as 64 hexadecimal digits.
[[nodiscard]] std::string new_token();
// 32 bytes. A token is random and long: it needs no salt and no slowness.
[[nodiscard]] std::string hash_token(std::string_view token);

}  // namespace demo

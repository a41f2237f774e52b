// What a user may be called, and how long what they say of themselves may be.
#pragma once

#include <auth/password.h>

#include <cstddef>

namespace demo {

inline constexpr std::size_t kShortestUserName = 2;
inline constexpr std::size_t kLongestUserName = 40;
inline constexpr std::size_t kLongestFullName = 200;
inline constexpr troupe::auth::PasswordRules kPasswords{.costs = {}, .min_bytes = 8, .max_bytes = 256};

}  // namespace demo

// What actors say of things that are not there, and of people whose things they are not.
#pragma once

#include <troupe/caller.h>
#include <troupe/error.h>

#include <string>
#include <string_view>
#include <utility>

namespace demo {

inline constexpr std::string_view kAdmin = "admin";

// As a refusal, but 404 to the outside.
[[nodiscard]] inline troupe::Error not_there(std::string code, std::string message) {
  return {troupe::ErrorKind::not_found, std::move(code), std::move(message)};
}

// Whether whoever asks is `user`, or looks after the shop. Where nobody from outside asks, the program itself does.
[[nodiscard]] inline bool may_see(const troupe::Caller* asks, std::string_view user) {
  return !asks || (asks->known() && (asks->name == user || asks->has_role(kAdmin)));
}

}  // namespace demo

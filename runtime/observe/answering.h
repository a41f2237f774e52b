// What the mappings of the admin API share: reading a target's parameters, wording answers. Pure.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "observe/admin_api.h"
#include "observe/target.h"
#include "observe/views_json.h"

namespace troupe::observe {

inline constexpr std::size_t kMaxPage = 1000;

[[nodiscard]] AdminAnswer ok(const Json& json);
[[nodiscard]] AdminAnswer fail(const Error& error);  // with the status of its kind
[[nodiscard]] AdminAnswer fail(const Error& error, int status);
[[nodiscard]] AdminAnswer wrong_method(std::string_view wanted);

// The JSON of an answer that went well, or the error of one that did not.
[[nodiscard]] Result<std::string> outcome_of(AdminAnswer answer);

// JSON that somebody else wrote, or the text itself where it is none.
[[nodiscard]] Json parsed(const std::string& text);

// `name` of the query as a number from `low` to `high`; nothing when it is not there.
[[nodiscard]] Result<std::optional<long>> number(const Target& target, const char* name, long low, long high);
[[nodiscard]] std::string word(const Target& target, const char* name);
// Refuses a misspelt parameter instead of ignoring it.
[[nodiscard]] Result<void> only(const Target& target, std::initializer_list<std::string_view> known);

}  // namespace troupe::observe

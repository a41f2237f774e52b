// Answers that come by the page.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "failure.h"

namespace troupe::tool {

// The most lines that the admin API puts on a page.
inline constexpr std::size_t kMostPerPage = 1000;

// `path` with another parameter.
[[nodiscard]] std::string with(const std::string& path, const char* name, const std::string& value);

// Pages through `path`: `take` gets every line of the array `lines`, up to `limit`. True: there is more.
[[nodiscard]] bool each_line(const std::function<Json(const std::string& path)>& get, const std::string& path,
                             const char* lines, std::size_t limit, const std::function<void(const Json&)>& take);

}  // namespace troupe::tool

// The rules of routes, as pure functions: each answers with what is wrong and what to do, or with nothing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "checks.h"

namespace troupe::schema {

// "/products/{sku}": segments between slashes, each a word or a {name}; no name twice.
[[nodiscard]] Complaint check_path(std::string_view path);
// The names in braces, in their order; of a path that was found good.
[[nodiscard]] std::vector<std::string> path_names(std::string_view path);
// The same for paths that a gateway cannot tell apart: without the names.
[[nodiscard]] std::string path_shape(std::string_view path);
// A segment: "v1".
[[nodiscard]] Complaint check_version(std::string_view version);
[[nodiscard]] Complaint check_header_name(std::string_view name);
// "image/png image/jpeg": media types without parameters, in lower case, parted by single spaces; none twice.
[[nodiscard]] Complaint check_media_types(std::string_view types);
// "2026-11-01".
[[nodiscard]] Complaint check_date(std::string_view date);
// Words parted by single spaces; `what`: "role" or "scope".
[[nodiscard]] Complaint check_words(std::string_view what, std::string_view words);
[[nodiscard]] Complaint check_rate(std::uint32_t per_minute, std::uint32_t burst);
[[nodiscard]] Complaint check_status(unsigned status);

}  // namespace troupe::schema

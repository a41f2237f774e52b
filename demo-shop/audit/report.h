// The books for people, as tables, and for programs, as JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "audit/books.h"

namespace demo {

// "12.50"
[[nodiscard]] std::string money(std::uint64_t cents);
[[nodiscard]] std::string as_tables(const Books& books);
[[nodiscard]] nlohmann::json as_json(const Books& books);

}  // namespace demo

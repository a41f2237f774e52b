// A supervision tree from the [supervision] table of a program's TOML file. runtime/doc/supervision.md has every key.
#pragma once

#include <toml++/toml.h>
#include <troupe/supervision.h>

#include <filesystem>

namespace troupe {

// The tree that `table` declares, checked; services are named, and looked for by Node::start(). Throws Error `invalid`:
// "FILE:LINE: " and what is wrong with which key of which child, or what check() says.
[[nodiscard]] Supervision supervision_from_toml(const toml::table& table, const std::filesystem::path& file);

}  // namespace troupe

// The commands that write a node's files or copy them: backup, restore, compact, rotate. Each gives what was done, as a
// sentence or as JSON, or throws a Failure. While they work they say how far they are, on a terminal.
#pragma once

#include <filesystem>
#include <string>

#include "db_commands.h"

namespace troupe::tool {

// Of a running node over its socket, of a stopped one from its files.
[[nodiscard]] std::string do_backup(const Files& files, const std::filesystem::path& destination, bool json);
// `files.directory` is what is restored into.
[[nodiscard]] std::string do_restore(const std::filesystem::path& backup, const Files& files, bool json);
[[nodiscard]] std::string do_compact(const Files& files, bool json);
[[nodiscard]] std::string do_rotate(const Files& files, bool to_plain, bool json);

}  // namespace troupe::tool

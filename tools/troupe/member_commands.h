// The commands that make the files of stopped nodes fit another list of members: what of a store is whose, moving it
// there, dropping it. Each gives what was done, as text or as JSON, or throws a Failure.
#pragma once

#include <string>
#include <vector>

#include "db_commands.h"
#include "stored_data_command_line.h"

namespace troupe::tool {

struct MemberOptions {
  std::vector<std::string> owners;  // the members as they are to be
  std::string owner;                // who is moved to
  std::string to;                   // its data directory
  bool yes = false;
};

[[nodiscard]] std::string show_owners(const Files& files, const MemberOptions& options, bool json);
[[nodiscard]] std::string do_move(const Files& files, const MemberOptions& options, bool json);
// Only with `yes`.
[[nodiscard]] std::string do_drop(const Files& files, const MemberOptions& options, bool json);

// Adds them below `db`; `add` adds the directory.
void add_member_commands(CLI::App& db, MemberOptions& options, const AddCommand& add, const Files& files,
                         const bool& json);

}  // namespace troupe::tool

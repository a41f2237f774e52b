// The file that a program is started from, and how one that was replaced is told from it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "troupe/supervision.h"

namespace troupe::processes {

// What a program gets of the environment: its own, what its tree adds, and that of this process.
[[nodiscard]] std::map<std::string, std::string> environment_of(const ProcessStart& start,
                                                                const std::map<std::string, std::string>& added);

// In the directory that it names, or else that of this process is now: it is started again when it may be another.
[[nodiscard]] ProcessStart in_place(ProcessStart start);

// As a shell looks for it in `environment`; a name with a '/' stays, and so does what is not found, for the system to
// complain about.
[[nodiscard]] std::string program_of(const std::string& name, const std::map<std::string, std::string>& environment);

// Of a file as it is now: another one in its place has another mark, and so has one that was written to.
struct FileMark {
  std::uint64_t device = 0, inode = 0, bytes = 0;
  std::int64_t changed_ns = 0;
  friend bool operator==(const FileMark&, const FileMark&) = default;
};
// Of a file that is not there: all zero.
[[nodiscard]] FileMark mark_of(const std::filesystem::path& file);
// Of the program of `start`, as it would be found now.
[[nodiscard]] FileMark mark_of(const ProcessStart& start, const std::map<std::string, std::string>& added);

}  // namespace troupe::processes

// What a declared tree must be like, and how its parts are named in messages. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "troupe/supervision.h"

namespace troupe::supervise {

// "supervisor orders/workers", "the top supervisor"
[[nodiscard]] std::string supervisor_name(std::string_view path);
// "child "feed" of the top supervisor"
[[nodiscard]] std::string child_name(std::string_view id, std::string_view path_of_supervisor);

// One child, and what is below it, of the supervisor at `path`, which shuts itself down so. `depth`: of the child; the
// top is at 1.
[[nodiscard]] Result<void> check_child(AutoShutdown of_supervisor, const std::string& path, const ChildSpec& child,
                                       std::size_t depth);
// The variables that a process gets: those of one child, or those that a tree adds to all. `where`: whose, in words.
[[nodiscard]] Result<void> check_environment(const std::map<std::string, std::string>& environment,
                                             const std::string& where);
// Children in it, itself included.
[[nodiscard]] std::size_t count(const ChildSpec& child);

// "at most 3 restarts in 5000 ms"
[[nodiscard]] std::string in_words(const Intensity& intensity);
// "backoff 10 to 2000 ms"
[[nodiscard]] std::string in_words(const Backoff& backoff);
// "within 5000 ms"
[[nodiscard]] std::string in_words(const std::optional<Shutdown>& shutdown, bool of_supervisor);

}  // namespace troupe::supervise

// Files of recorded turns, read without the program's code: they bring their schemas. What runs them again is
// troupe/replay.h. Any thread; writes nothing.
#pragma once

#include <filesystem>
#include <string>

#include "troupe/error.h"

namespace troupe {

// What files of recorded turns end with.
inline constexpr const char* kRecordedTurnsSuffix = ".turns";

// All that is in a file as JSON (runtime/doc/recording.md has an example), secrets masked. `not_found`, `unavailable`;
// `corrupt`: it is no such file, or damaged; `unimplemented`: a later version wrote it.
[[nodiscard]] Result<std::string> recorded_turns_json(const std::filesystem::path& file);

}  // namespace troupe

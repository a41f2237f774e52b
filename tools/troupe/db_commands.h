// The commands on the files of a stopped node. Each gives what it found, as tables or as JSON, or throws a Failure.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "live_commands.h"
#include "troupe/offline.h"

namespace troupe::tool {

[[nodiscard]] std::string show_db_list(const std::filesystem::path& directory, const ListOptions& options, bool json);
[[nodiscard]] std::string show_db_record(const std::filesystem::path& directory, const std::string& actor, bool json);
[[nodiscard]] std::string show_db_stats(const std::filesystem::path& directory, bool json);
[[nodiscard]] std::string show_db_schema(const std::filesystem::path& directory, bool json);
[[nodiscard]] std::string show_services_of(const std::vector<OfflineService>& services, bool json);
// `sound` says whether nothing was wrong.
struct Verified {
  std::string text;
  bool sound = true;
};
[[nodiscard]] Verified show_db_verify(const std::filesystem::path& directory, bool json);

}  // namespace troupe::tool

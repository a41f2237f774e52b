// The commands on the files of a stopped node. Each gives what it found, as tables or as JSON, or throws a Failure.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "live_commands.h"
#include "troupe/encryption.h"
#include "troupe/offline.h"

namespace troupe::tool {

// A stopped node's directory, and the keys of its store if it is encrypted.
struct Files {
  std::filesystem::path directory;
  EncryptionKeys keys;
};

[[nodiscard]] std::string show_db_list(const Files& files, const ListOptions& options, bool json);
[[nodiscard]] std::string show_db_record(const Files& files, const std::string& actor, bool json);
[[nodiscard]] std::string show_db_stats(const Files& files, bool json);
[[nodiscard]] std::string show_db_schema(const Files& files, bool json);
[[nodiscard]] std::string show_services_of(const std::vector<OfflineService>& services, bool json);
// `sound` says whether nothing was wrong.
struct Verified {
  std::string text;
  bool sound = true;
};
[[nodiscard]] Verified show_db_verify(const Files& files, bool json);

}  // namespace troupe::tool

// What a configuration file says of a cluster, as far as `troupe doctor` looks at it: nodes' directories, secrets,
// certificates, the coordinator.
#pragma once

#include <chrono>
#include <filesystem>
#include <vector>

#include "doctor_findings.h"

namespace troupe::tool {

struct ConfiguredFiles {
  std::vector<std::filesystem::path> data_dirs;
  std::vector<std::filesystem::path> link_secrets;
  std::vector<std::filesystem::path> certificates;  // PEM files, and directories as `troupe cert` lays them out
  std::vector<std::filesystem::path> private_keys;
  std::vector<std::filesystem::path> coordinators;  // of the kind "file"
  std::vector<std::string> endpoints;               // of the kind "etcd"
};

// The finding "configuration", and what the file names.
[[nodiscard]] Finding read_configuration(const std::filesystem::path& file, ConfiguredFiles& named);
// What there is to say of them, but for `data_dirs`.
[[nodiscard]] std::vector<Finding> look_at_files(const ConfiguredFiles& files, std::chrono::milliseconds timeout);

}  // namespace troupe::tool

// What `troupe doctor` looks at on this machine: a process by /proc, its control group, a disk, files. Each gives what
// it could see; nothing here throws for what is not there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "doctor_findings.h"

namespace troupe::tool {

struct ProcessFacts {
  Usage files;
  Usage maps;
  std::uint64_t core_bytes = 0;
  Usage memory;  // of its control group
  double processors = 0;
  std::int64_t age_ms = 0;
  std::string program;
  bool replaced = false;
};
// Nothing: there is no such process, or it is another user's.
[[nodiscard]] std::optional<ProcessFacts> process_facts(std::int64_t pid);

// Writes and syncs a file of its own there, `count` times 4 KiB, and removes it.
[[nodiscard]] SyncTimes measure_syncs(const std::filesystem::path& directory, std::size_t count);
[[nodiscard]] DiskSpace disk_space(const std::filesystem::path& directory);
[[nodiscard]] SecretFile secret_file(const std::filesystem::path& file);
// What one of the kernel's small files says, without its line break; empty: it is not there.
[[nodiscard]] std::string kernel_word(const std::filesystem::path& file);
// How long a connection to "https://host:port" takes; an error says why there is none.
struct Reached {
  std::chrono::microseconds took{0};
  std::string error{};
};
[[nodiscard]] Reached reach(const std::string& endpoint, std::chrono::milliseconds timeout);

}  // namespace troupe::tool

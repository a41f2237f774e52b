// A data directory and another list of members: work on the files of stopped nodes. Who owns an actor follows from the
// names of the members that are no clients, so a node refuses to start with members that its store does not fit; these
// make it fit. `owners` is those names, as they are to be. Any thread; errors as in troupe/store_files.h.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "troupe/encryption.h"
#include "troupe/error.h"
#include "troupe/store_files.h"

namespace troupe {

struct OwnerShare {
  std::string owner;
  std::uint64_t actors = 0;
  std::uint32_t partitions = 0;  // that hold anything
};
// What of the store belongs to whom; of those alone that own anything in it.
[[nodiscard]] Result<std::vector<OwnerShare>> shares_of_store(const std::filesystem::path& data_dir,
                                                              const std::vector<std::string>& owners,
                                                              const EncryptionKeys& keys = {});

struct MoveFigures {
  std::uint64_t actors = 0;
  std::uint64_t records = 0;
};
struct MoveOptions {
  std::filesystem::path from;
  std::string owner;         // who gets what it owns
  std::filesystem::path to;  // its data directory; made if it is not there
  std::vector<std::string> owners;
  EncryptionKeys keys{};  // of both
};
// `to` has everything before `from` loses any of it; what is cut short is ended by the same again. `invalid`, and
// nothing has changed: both hold one partition and not the same in it.
[[nodiscard]] Result<MoveFigures> move_actors(const MoveOptions& options, const FileProgress& progress = {});
// Drops what the store's own node does not own, and has it begin anew with what it owns and was not given.
[[nodiscard]] Result<MoveFigures> drop_actors(const std::filesystem::path& data_dir,
                                              const std::vector<std::string>& owners, const EncryptionKeys& keys = {},
                                              const FileProgress& progress = {});

// Of a cluster with a coordinator, which says who owns what.
struct PartitionShare {
  std::uint32_t partition = 0;
  std::uint64_t actors = 0;
  std::uint64_t records = 0;
};
// The partitions that hold anything.
[[nodiscard]] Result<std::vector<PartitionShare>> shares_of_partitions(const std::filesystem::path& data_dir,
                                                                       const EncryptionKeys& keys = {});
// Drops what the store holds of them, for good: what other members own by now. `invalid`, and nothing has changed: a
// number is of no partition with rows.
[[nodiscard]] Result<MoveFigures> drop_partitions(const std::filesystem::path& data_dir,
                                                  const std::vector<std::uint32_t>& partitions,
                                                  const EncryptionKeys& keys = {}, const FileProgress& progress = {});

}  // namespace troupe

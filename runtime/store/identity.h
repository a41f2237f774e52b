// Whose store this is: written once when the store is made, compared at every open.
#pragma once

#include <cstdint>
#include <string>

#include "troupe/error.h"

namespace troupe::store {

// What is on disk as a whole; a record has its own version. Stores of a later format are refused; format 1, which
// had no commit log, and format 2, whose log had no mark, become this one when they are opened for writing.
inline constexpr std::uint32_t kStoreFormat = 3;
// Set in the format on disk when the values are sealed, so that a build that knows nothing of that refuses the store.
inline constexpr std::uint32_t kEncryptedFlag = std::uint32_t{1} << 16;

struct StoreIdentity {
  std::string cluster = {};
  std::string node = {};
  std::uint32_t format = kStoreFormat;  // without the flag
  bool encrypted = false;
};

// Whether a node that is `wanted` may use the store at `place`, which belongs to `found`. Pure.
[[nodiscard]] inline Result<void> check_identity(const StoreIdentity& found, const StoreIdentity& wanted,
                                                 const std::string& place) {
  if (found.format > wanted.format || found.format == 0)
    return Error(ErrorKind::unimplemented, "the store at " + place + " has format " + std::to_string(found.format) +
                                               "; this build reads up to format " + std::to_string(wanted.format) +
                                               "; run it with the version that wrote it");
  const auto other = [&](const char* what, const std::string& theirs, const std::string& ours) {
    return Error(ErrorKind::invalid, "the store at " + place + " belongs to " + what + " '" + theirs + "', not '" +
                                         ours + "'; name the right data directory");
  };
  if (found.cluster != wanted.cluster) return other("cluster", found.cluster, wanted.cluster);
  if (found.node != wanted.node) return other("node", found.node, wanted.node);
  return {};
}

}  // namespace troupe::store

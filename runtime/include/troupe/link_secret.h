// The secret of a cluster: what its nodes prove to each other when they link. It lies in a file that all of them can
// read and nobody else; NodeConfig::link_secret names it.
#pragma once

#include <cstddef>
#include <filesystem>

namespace troupe {

// Of a secret, white space at its ends left out.
inline constexpr std::size_t kMinLinkSecretBytes = 32;
inline constexpr std::size_t kMaxLinkSecretBytes = 4096;

// Names a secret's file for nodes whose configuration names none. `troupe up` sets it for the processes of its cluster.
inline constexpr const char* kLinkSecretVariable = "TROUPE_LINK_SECRET";

// Writes a file with a secret by chance, mode 0600, unless there is one; of several that try at once all find the same.
// Makes the directory it lies in. Throws `unavailable`: the system refuses.
void make_link_secret(const std::filesystem::path& file);

}  // namespace troupe

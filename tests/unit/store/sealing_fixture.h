// What the tests of encrypted stores share: keys, a value, and whether it stands on the disk.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "store/encryption/key_ring.h"
#include "store_fixture.h"

namespace troupe::store {

inline const std::string kOne = "1:" + std::string(64, '1');
inline const std::string kTwo = "2:" + std::string(64, '2');
inline const std::string kSecret = "a value nobody else should read";

inline std::shared_ptr<const KeyRing> ring(const std::string& text) { return KeyRing::parse(text, "the test").value(); }

// In any file below `directory`, as it is.
inline bool on_disk(const std::filesystem::path& directory, const std::string& text) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory))
    if (entry.is_regular_file() && content(entry.path()).find(text) != std::string::npos) return true;
  return false;
}

}  // namespace troupe::store

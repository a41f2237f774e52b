// Where the keys of an encrypted store come from. The keys themselves never stand in a configuration.
#pragma once

#include <filesystem>
#include <string>

namespace troupe {

// One of the two, or neither: not encrypted. Keys are 32 bytes, as 64 hexadecimal digits, alone or as `id:digits` with
// an id from 1 to 65535; several stand one to a line (or behind a comma), `#` begins a comment. The first key is for
// writing, the others only read what was written under them. A key without an id is key 1.
struct EncryptionKeys {
  std::filesystem::path file{};  // readable by its owner alone
  std::string environment{};     // the name of an environment variable

  [[nodiscard]] bool named() const noexcept { return !file.empty() || !environment.empty(); }
};

}  // namespace troupe

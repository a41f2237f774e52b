// A copy of a whole store as it was at one moment, compact and in one file: what backups, compaction and rotation of
// keys are made of.
//
// The moment is one read transaction of LMDB and what the overlays held when it began, so the copy has everything that
// was acknowledged before, and nothing of a turn that came later. Commits go on meanwhile. The copy is written record
// by record, never page by page: what is broken in the pages of the original does not get into it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>

#include "store/encryption/key_ring.h"

namespace troupe::store {

// Records done, and about how many there are.
using Progress = std::function<void(std::uint64_t done, std::uint64_t of)>;

enum class Sealing : std::uint8_t { as_it_is, opened, sealed_anew };

struct CopyOptions {
  std::filesystem::path directory = {};  // of the copy; made if need be, and without a data file
  // The copy will lie beside the original's logs, which it has all of. Otherwise it is a store without logs, as a new
  // one.
  bool beside_logs = false;
  Sealing sealing = Sealing::as_it_is;
  std::shared_ptr<const KeyRing> keys = {};  // of sealed_anew: the first of them seals
  Progress progress = {};
};

struct Copied {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;       // of keys and values
  std::uint64_t file_bytes = 0;  // of the copy
  std::uint64_t batch = 0;       // the last one it has
  bool encrypted = false;
};

}  // namespace troupe::store

// What an encrypted store says about its keys, in `meta`: their ids and a check of each, so that a wrong key, a missing
// one and a key for a store that is not encrypted are found out at opening, before anything is read or written.
//
// The row `keys`: for each key that any value may be sealed with  u16 id, u16 zero, u32 zero, 16 bytes of check.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "store/encryption/key_ring.h"
#include "store/lmdb/environment.h"
#include "troupe/error.h"

namespace troupe::store {

struct RegisteredKey {
  KeyId id = 0;
  KeyCheck check{};
};

// Empty: the store is not encrypted.
[[nodiscard]] Result<std::vector<RegisteredKey>> registered_keys(const Environment& environment);
// In a write transaction, with the store's format, in which encryption shows.
[[nodiscard]] int put_registered_keys(MDB_txn* txn, const Environment& environment,
                                      const std::vector<RegisteredKey>& keys, std::uint32_t format);

// Whether a store with these keys may be opened with `ring` (null: none). invalid: no key was given. denied: a key is
// missing, or is not the one the store was sealed with. Pure.
[[nodiscard]] Result<void> check_keys(const std::vector<RegisteredKey>& registered, const KeyRing* ring,
                                      const std::string& place);

// For a store opened for writing: checks, and registers the ring's first key if it is new. `fresh`: nothing was ever
// committed; only then may a store become encrypted by being opened.
[[nodiscard]] Result<void> agree_on_keys(Environment& environment, const KeyRing* ring, std::uint32_t format,
                                         bool fresh);

}  // namespace troupe::store

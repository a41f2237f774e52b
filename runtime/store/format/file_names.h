// The files of a data directory by name; storage_format.md says what is in each. Those of the log are named by
// log_path() and mark_path().
#pragma once

namespace troupe::store {

inline constexpr const char* kDataFile = "data.mdb";
inline constexpr const char* kReadersFile = "lock.mdb";
inline constexpr const char* kOwnerFile = "owner.lock";
inline constexpr const char* kOwnedFile = "owned.partitions";
// While a store is being restored: the data file in the making.
inline constexpr const char* kUnfinishedRestore = "data.mdb.new";
// While it is being rewritten: a directory.
inline constexpr const char* kUnfinishedRewrite = "rewrite.new";

}  // namespace troupe::store

// Stores whose process was killed, and what it left in the log.
#pragma once

#include <lmdb.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "store/log/log_file.h"
#include "store/log/log_frame.h"
#include "store/log/log_mark.h"
#include "store_fixture.h"

namespace troupe::store {

// Leaves `commits` commits in the log, as a process that was killed does; says where each frame begins, and the end.
inline void leave_commits(const StoreOptions& options, int commits) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    auto store = Store::open(options);
    if (!store) ::_exit(1);
    for (int n = 0; n < commits; ++n)
      if (commit(**store, 1, std::to_string(n), "value " + std::to_string(n))) ::_exit(2);
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  REQUIRE(WIFSIGNALED(status));
}

inline void put_content(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

// Where the frames of a log begin, and last where they end.
inline std::vector<std::size_t> frame_starts(const std::filesystem::path& file) {
  const LogContent log = *read_log(file).value();
  std::vector<std::size_t> starts = {kLogHeaderBytes};
  while (const auto frame = parse_frame(std::span(log.bytes).subspan(starts.back()), log.log_id))
    starts.push_back(starts.back() + frame->bytes.size());
  return starts;
}

// How many of the commits are there, from the first on; none beyond a gap.
inline int whole_prefix(const Store& store, int commits) {
  int there = 0;
  while (there < commits && value_of(store, 1, std::to_string(there)) == "value " + std::to_string(there)) ++there;
  for (int n = there; n < commits; ++n) CHECK(value_of(store, 1, std::to_string(n)) == std::nullopt);
  return there;
}

// What a power cut leaves of the mark: it says an earlier batch.
inline void set_mark(const std::filesystem::path& directory, std::uint64_t batch) {
  const LogContent log = *read_log(log_path(directory, 0)).value();
  LogMark mark;
  REQUIRE(mark.make(mark_path(directory), log.log_id, batch, false) == 0);
}

// Changes a store's LMDB file by hand: `change` is given the main database and `meta`.
inline void change_by_hand(const std::filesystem::path& directory,
                           const std::function<void(MDB_txn* txn, MDB_dbi main, MDB_dbi meta)>& change) {
  MDB_env* env = nullptr;
  MDB_txn* txn = nullptr;
  MDB_dbi meta = 0, main = 0;
  REQUIRE(mdb_env_create(&env) == 0);
  REQUIRE(mdb_env_set_maxdbs(env, 4) == 0);
  REQUIRE(mdb_env_open(env, directory.c_str(), 0, 0644) == 0);
  REQUIRE(mdb_txn_begin(env, nullptr, 0, &txn) == 0);
  REQUIRE(mdb_dbi_open(txn, "meta", 0, &meta) == 0);
  REQUIRE(mdb_dbi_open(txn, nullptr, 0, &main) == 0);
  change(txn, main, meta);
  REQUIRE(mdb_txn_commit(txn) == 0);
  mdb_env_close(env);
}

inline void set_format(MDB_txn* txn, MDB_dbi meta, std::uint32_t number) {
  MDB_val key{6, const_cast<char*>("format")}, value{sizeof number, &number};
  REQUIRE(mdb_put(txn, meta, &key, &value, 0) == 0);
}

inline void erase_row(MDB_txn* txn, MDB_dbi from, std::string name) {
  MDB_val key{name.size(), name.data()};
  REQUIRE(mdb_del(txn, from, &key, nullptr) == 0);
}

}  // namespace troupe::store

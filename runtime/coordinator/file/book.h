// What a coordinator's directory holds, and what a transaction does to it. Of one LMDB transaction and its thread;
// knows no locks, no processes and no time. Throws LmdbFailure.
//
//   table      key                              value
//   meta       "coordinator"                    format (u32)
//   meta       "state"                          State, five u64
//   records    key                              version (u64), session (u64), value
//   owned      session (u64 BE), key            nothing
//   sessions   session (u64 BE)                 name
//   history    version (u64 BE), index (u32 BE) 'p' or 'e', length of the key (u16), key, value
//
// Numbers are little-endian where nothing else is said.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/coordinator.h"
#include "coordinator/file/rows.h"

namespace troupe::coordinator::file {

inline constexpr std::uint32_t kFormat = 1;
inline constexpr std::array kTableNames = {"meta", "records", "owned", "sessions", "history"};
using Tables = std::array<MDB_dbi, kTableNames.size()>;

struct State {
  Version version = 0;
  Version forgotten = 0;  // the last version that the history has lost
  SessionId last_session = 0;
  std::uint64_t record_bytes = 0;  // what records and history may take of the disk
  std::uint64_t history_bytes = 0;
};

struct Bounds {
  std::uint64_t record_bytes = std::uint64_t{64} << 20;   // past it a transaction that puts is `overloaded`
  std::uint64_t history_bytes = std::uint64_t{16} << 20;  // past it the oldest changes are forgotten
};

class Book {
 public:
  Book(MDB_txn* txn, const Tables& tables, const Bounds& bounds);

  [[nodiscard]] const State& state() const noexcept { return state_; }
  // Whether anything was written; then save() has to be the last.
  [[nodiscard]] bool changed() const noexcept { return changed_; }
  void save() const;

  [[nodiscard]] std::optional<Record> get(std::string_view key) const;
  [[nodiscard]] Range range(std::string_view prefix) const;
  [[nodiscard]] std::vector<SessionId> sessions() const;
  [[nodiscard]] bool has_session(SessionId session) const;

  // Checked by check_transaction() before. An error changes nothing that is saved.
  [[nodiscard]] Result<Outcome> commit(const Transaction& transaction);
  SessionId begin_session(std::string_view name);
  // Its records go with it, as one transaction. Nothing if there is no such session.
  void end_session(SessionId session);

  // Changes after a version, of whole transactions, in order; more than `bytes` of them only if one transaction has.
  // `upto`: the version they reach.
  struct Page {
    std::vector<Change> changes;
    Version upto = 0;
  };
  [[nodiscard]] Page changes_after(Version after, std::size_t bytes) const;

 private:
  void put(const Write& write);
  void erase(std::string_view key);
  void note(char kind, std::string_view key, std::string_view value);
  void begin_version() noexcept;
  void forget_old();

  const Rows meta_, records_, owned_, sessions_, history_;
  const Bounds& bounds_;
  State state_;
  std::uint32_t noted_ = 0;  // changes of this version
  bool changed_ = false;
};

}  // namespace troupe::coordinator::file

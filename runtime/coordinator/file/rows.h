// LMDB's calls as the rest of this folder uses them: rows by key, cursors, and a failure that is thrown. What is thrown
// ends at SharedEnvironment. Of one transaction and its thread.
#pragma once

#include <lmdb.h>

#include <optional>
#include <string>
#include <string_view>

namespace troupe::coordinator::file {

struct LmdbFailure {
  int code;
};

inline void must(int code) {
  if (code != 0) throw LmdbFailure{code};
}

[[nodiscard]] inline MDB_val as_val(std::string_view bytes) noexcept {
  return {bytes.size(), const_cast<char*>(bytes.data())};
}
[[nodiscard]] inline std::string_view as_view(const MDB_val& val) noexcept {
  return {static_cast<const char*>(val.mv_data), val.mv_size};
}

// One named table within a transaction. What it returns is valid until the next write.
class Rows {
 public:
  Rows(MDB_txn* txn, MDB_dbi table) noexcept : txn_(txn), table_(table) {}

  [[nodiscard]] std::optional<std::string_view> get(std::string_view key) const {
    MDB_val k = as_val(key), v{};
    const int code = mdb_get(txn_, table_, &k, &v);
    if (code == MDB_NOTFOUND) return std::nullopt;
    must(code);
    return as_view(v);
  }
  void put(std::string_view key, std::string_view value) const {
    MDB_val k = as_val(key), v = as_val(value);
    must(mdb_put(txn_, table_, &k, &v, 0));
  }
  void erase(std::string_view key) const {
    MDB_val k = as_val(key);
    const int code = mdb_del(txn_, table_, &k, nullptr);
    if (code != MDB_NOTFOUND) must(code);
  }

  // In key order from the first that is not before `first`, as long as `each(key, value)` says true. It must not write.
  template <class Each>
  void visit(std::string_view first, Each&& each) const {
    MDB_cursor* raw = nullptr;
    must(mdb_cursor_open(txn_, table_, &raw));
    const struct Closing {
      MDB_cursor* cursor;
      ~Closing() { mdb_cursor_close(cursor); }
    } closing{raw};
    MDB_val k = as_val(first), v{};
    int code = mdb_cursor_get(raw, &k, &v, first.empty() ? MDB_FIRST : MDB_SET_RANGE);
    while (code == 0 && each(as_view(k), as_view(v))) code = mdb_cursor_get(raw, &k, &v, MDB_NEXT);
    if (code != MDB_NOTFOUND) must(code);
  }

 private:
  MDB_txn* txn_;
  MDB_dbi table_;
};

}  // namespace troupe::coordinator::file

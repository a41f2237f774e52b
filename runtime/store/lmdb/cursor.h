// A cursor over one of LMDB's tables, in key order or against it. Of one transaction, and gone before it. Of this room
// alone.
#pragma once

#include <lmdb.h>

#include <string_view>

#include "store/lmdb/environment.h"

namespace troupe::store {

class Cursor {
 public:
  Cursor(MDB_txn* txn, MDB_dbi table) : code_(mdb_cursor_open(txn, table, &cursor_)) {}
  ~Cursor() {
    if (cursor_ != nullptr) mdb_cursor_close(cursor_);
  }
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;
  void seek(std::string_view first) {
    key_ = as_val(first);
    move(first.empty() ? MDB_FIRST : MDB_SET_RANGE);
  }
  void next() { move(MDB_NEXT); }
  // At the last key before `past`; empty: at the last of all.
  void seek_before(std::string_view past) {
    key_ = as_val(past);
    move(past.empty() ? MDB_LAST : MDB_SET_RANGE);
    if (past.empty()) return;
    const bool all_before = code_ == MDB_NOTFOUND;
    if (all_before) code_ = 0;
    move(all_before ? MDB_LAST : MDB_PREV);
  }
  void previous() { move(MDB_PREV); }
  // Whether it stands at a key before `past`; or at one not before `first`.
  [[nodiscard]] bool at_one(std::string_view past) const { return code_ == 0 && (past.empty() || key() < past); }
  [[nodiscard]] bool at_one_from(std::string_view first) const { return code_ == 0 && key() >= first; }
  [[nodiscard]] std::string_view key() const { return as_view(key_); }
  [[nodiscard]] const MDB_val& value() const { return value_; }
  [[nodiscard]] int failure() const { return code_ == MDB_NOTFOUND ? 0 : code_; }

 private:
  void move(MDB_cursor_op how) {
    if (code_ == 0) code_ = mdb_cursor_get(cursor_, &key_, &value_, how);
  }
  MDB_cursor* cursor_ = nullptr;
  MDB_val key_{}, value_{};
  int code_;
};

}  // namespace troupe::store

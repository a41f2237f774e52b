// The rows of one actor as its turns see them: three layers that read like one map.
//
// On top what the running turn has written, beneath it what commits under way have written, at the bottom the store. A
// row that an upper layer has, or has erased, hides those below it. A commit is asked for being durable before the
// store is read, so that no row falls between the two: UnsettledRows::drop_durable() comes before the view.
//
// A view owns nothing, and is made for one look. The actor's own thread. All of it throws what the store says.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "actor/effects.h"
#include "actor/tape.h"
#include "store/store.h"

namespace troupe::actor {

struct FoundRow {
  std::string key;
  RowValue value;
};

struct RowPage {
  std::vector<FoundRow> rows;
  bool more = false;  // the range has more of them
};

class RowView {
 public:
  // `unsettled`, `own`: null where there are none.
  // `tape`: told of rows that the turn has not written itself.
  RowView(const store::Store* store, const UnsettledRows* unsettled, const RowMap* own, Tape* tape = nullptr) noexcept
      : store_(store), unsettled_(unsettled), own_(own), tape_(tape) {}

  // Null: there is no such row.
  [[nodiscard]] RowValue read(const std::string& key) const;
  [[nodiscard]] bool has(const std::string& key) const;
  // Up to `limit` rows of the range, fewer when they are large, in key order or against it. None: there are none.
  [[nodiscard]] RowPage page(const store::KeyRange& range, std::size_t limit, bool backward = false) const;

 private:
  [[nodiscard]] RowValue find(const std::string& key) const;
  // What the layers above the store say; nothing: ask the store.
  [[nodiscard]] std::optional<RowValue> above_store(const std::string& key) const;

  const store::Store* store_;
  const UnsettledRows* unsettled_;
  const RowMap* own_;
  Tape* tape_;
};

}  // namespace troupe::actor

// What a turn will have done besides editing the state, once it is committed: rows written, messages sent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "wire/envelope.h"

namespace troupe::actor {

// A row's value as it lies in the store (store/row.h); null: erased. Shared with whoever reads it.
using RowValue = std::shared_ptr<const std::vector<std::byte>>;
using RowMap = std::map<std::string, RowValue, std::less<>>;

// A durable message of the turn. It gets its number and its row when the turn is committed.
struct Outgoing {
  wire::EnvelopePtr call;
  std::string answer;  // the tag; empty: none is wanted
  RowValue row;
};

struct Effects {
  RowMap rows;
  std::vector<Outgoing> messages;
  bool erase_everything = false;
};

// Rows of commits that are under way: newer than what the store shows. The activation's own.
class UnsettledRows {
 public:
  // Of the actor's `number`th commit.
  void add(std::uint64_t number, const RowMap& rows) {
    for (const auto& [key, value] : rows) rows_.insert_or_assign(key, Row{value, number});
    newest_ = number;
  }
  // Lets go of what the store shows by now: commits up to `durable` are on disk.
  void settle(std::uint64_t durable) {
    if (durable >= newest_) return rows_.clear();
    if (durable == swept_ || rows_.size() < kSweepAt) return;
    swept_ = durable;
    std::erase_if(rows_, [&](const auto& row) { return row.second.number <= durable; });
  }
  struct Row {
    RowValue value;
    std::uint64_t number;
  };
  [[nodiscard]] const std::map<std::string, Row, std::less<>>& rows() const noexcept { return rows_; }

 private:
  static constexpr std::size_t kSweepAt = 1024;
  std::map<std::string, Row, std::less<>> rows_;
  std::uint64_t newest_ = 0;
  std::uint64_t swept_ = 0;  // up to which commit
};

}  // namespace troupe::actor

// Tables: ordered maps of structs, part of an actor's durable state but read and written by the row, so that an actor
// may own millions of them. Inside a turn reads see the turn's own writes; they are committed with it, or forgotten.
//
//   auto lines = table<OrderLine>("lines");
//   lines.put("sku-1", [](auto row) { row.setQuantity(2); });
//   if (auto row = lines.get("sku-1")) use(row->getQuantity());
//   for (auto& row : lines.page({.prefix = "sku-"})) use(row.key, row->getQuantity());
//
// Row keys are bytes, at most limits::kMaxRowKeyBytes, ordered as unsigned bytes; empty ones are `invalid`. For the
// actor's own turns only; reading is allowed in readOnly methods and in on_activate(), writing as Actor says.
#pragma once

#include <capnp/any.h>
#include <capnp/message.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "troupe/actor.h"

namespace troupe {

// Which rows of a table, and in which direction.
struct Rows {
  std::string_view from = {};    // the first key of the range; empty: the least
  std::string_view to = {};      // the first key past it; empty: to the end
  std::string_view prefix = {};  // only keys that begin with it
  bool backward = false;         // from the greatest key of the range down
  std::size_t limit = 100;       // rows of a page, 1 to TableBase::kMaxPageRows
};

class TableBase {
 public:
  static constexpr std::size_t kMaxPageRows = 10'000;

  TableBase(Actor& actor, std::string_view name);

  [[nodiscard]] bool contains(std::string_view key) const;
  // False: there was no such row.
  bool erase(std::string_view key);
  // How many rows there are. Constant time.
  [[nodiscard]] std::uint64_t count() const;

 protected:
  // A row's words, kept by whoever reads them; null: no such row.
  using Words = std::shared_ptr<const std::vector<capnp::word>>;
  struct Found {
    std::string key;
    Words words;
  };
  [[nodiscard]] Words read(std::string_view key) const;
  [[nodiscard]] static capnp::AnyPointer::Reader root_of(const Words& words);
  // Replaces or makes the row. `invalid` for a row that is too large or too deep to be read back.
  void write(std::string_view key, capnp::AnyPointer::Reader row);
  // At most `rows.limit`; `more`: whether the range goes on.
  [[nodiscard]] std::vector<Found> read_page(const Rows& rows, bool& more) const;

 private:
  Actor* actor_;
  std::string prefix_;  // of the table's durable keys
};

template <class Row>
class Table : public TableBase {
 public:
  using TableBase::TableBase;

  // A row as it was read; stays as it is whatever the turn writes later.
  class Stored {
   public:
    Stored(std::string key_in, Words words) : key(std::move(key_in)), words_(std::move(words)) {
      reader_ = root_of(words_).template getAs<Row>();
    }
    const typename Row::Reader& operator*() const noexcept { return reader_; }
    const typename Row::Reader* operator->() const noexcept { return &reader_; }
    std::string key;

   private:
    Words words_;
    typename Row::Reader reader_;
  };

  class Page {
   public:
    auto begin() const noexcept { return rows_.begin(); }
    auto end() const noexcept { return rows_.end(); }
    [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }
    [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }
    // Whether the range has more rows; go on after the last key of this page.
    [[nodiscard]] bool more() const noexcept { return more_; }
    const Stored& operator[](std::size_t i) const { return rows_[i]; }

   private:
    friend class Table;
    std::vector<Stored> rows_;
    bool more_ = false;
  };

  [[nodiscard]] std::optional<Stored> get(std::string_view key) const {
    auto words = read(key);
    if (!words) return std::nullopt;
    return Stored(std::string(key), std::move(words));
  }
  // Makes the row anew, whatever was there; `build` fills in a Row::Builder.
  template <class Build>
  void put(std::string_view key, Build&& build) {
    capnp::MallocMessageBuilder message;
    std::forward<Build>(build)(message.initRoot<Row>());
    write(key, message.getRoot<capnp::AnyPointer>().asReader());
  }
  // Changes the row, or a new one where there is none. True: there was one.
  template <class Edit>
  bool edit(std::string_view key, Edit&& edit) {
    capnp::MallocMessageBuilder message;
    const auto words = read(key);
    if (words) message.setRoot(root_of(words).template getAs<Row>());
    std::forward<Edit>(edit)(message.getRoot<Row>());
    write(key, message.getRoot<capnp::AnyPointer>().asReader());
    return words != nullptr;
  }
  // The next rows of a range; page through a long one with `from` (forward) or `to` (backward).
  [[nodiscard]] Page page(const Rows& rows = {}) const {
    Page page;
    for (auto& found : read_page(rows, page.more_))
      page.rows_.emplace_back(std::move(found.key), std::move(found.words));
    return page;
  }
};

}  // namespace troupe

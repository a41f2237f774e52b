// Tables: ordered maps of structs, part of an actor's durable state but read and written by the row, so that an actor
// may own millions of them. Inside a turn reads see the turn's own writes; they are committed with it, or forgotten.
//
//   auto lines = table<OrderLine>("lines");
//   lines.put("sku-1", [](auto row) { row.setQuantity(2); });
//   if (auto row = lines.get("sku-1")) use((*row)->getQuantity());
//   for (const auto& row : lines.page({.prefix = "sku-"})) use(row.key, row->getQuantity());
//
// Row keys are bytes, 1 to limits::kMaxRowKeyBytes of them, ordered as unsigned bytes. A table is for its actor's own
// turns; it may be read in readOnly methods and in on_activate() too, and is written as Actor says. Whoever breaks a
// rule gets `invalid`, which names the table; a row that the disk has damaged is `corrupt`.
#pragma once

#include <capnp/any.h>
#include <capnp/message.h>
#include <capnp/schema.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "troupe/actor.h"
#include "troupe/limits.h"
#include "troupe/misuse.h"

namespace troupe {

namespace actor {
class Turn;
}

// Which rows of a table, and in which direction. What is not named does not restrict.
struct Rows {
  std::string_view from = {};    // the least key
  std::string_view to = {};      // the key they end before
  std::string_view prefix = {};  // only keys that begin with it
  std::string_view after =
      {};                   // the last key seen, where an earlier page ended: goes on behind it, in either direction
  bool backward = false;    // from the greatest key down
  std::size_t limit = 100;  // rows of a page, 1 to TableBase::kMaxPageRows
};

// What does not depend on the type of the rows.
class TableBase {
 public:
  static constexpr std::size_t kMaxPageRows = 10'000;

  // What the rows are, for those who look at the store without this program.
  struct RowType {
    std::uint64_t id;
    capnp::StructSchema (*schema)();
  };
  // `invalid` for a name that is empty or past limits::kMaxTableNameBytes; for a table of the service that holds rows
  // of another struct, or rows that this form of the struct may not follow (runtime/doc/schema_evolution.md).
  TableBase(Actor& actor, std::string_view name, RowType row_type);

  [[nodiscard]] bool contains(std::string_view key) const;
  // False: there was no such row.
  bool erase(std::string_view key);
  // Erases the rows that a page() of the same range would have; how many they were. 0: none is left.
  std::size_t erase_page(const Rows& rows);
  // How many rows there are, in constant time.
  [[nodiscard]] std::uint64_t count() const;

 protected:
  // A row's struct as flat words, kept by whoever reads it; null: no such row.
  using Words = std::shared_ptr<const capnp::word>;
  struct Found {
    std::string key;
    Words words;
  };
  [[nodiscard]] Words read(std::string_view key) const;
  // Replaces or makes the row. `invalid` for a row that is too large or too deep to be read back.
  void write(std::string_view key, capnp::AnyPointer::Reader row);
  [[nodiscard]] std::vector<Found> read_page(const Rows& rows, bool& more) const;

  // A row that is being built; small ones without an allocation.
  class Draft {
   public:
    template <class Row>
    [[nodiscard]] typename Row::Builder row() {
      return message_.getRoot<Row>();
    }
    template <class Row>
    void start_from(const Words& words) {
      message_.setRoot(capnp::readMessageUnchecked<Row>(words.get()));
    }
    [[nodiscard]] capnp::AnyPointer::Reader built() { return message_.getRoot<capnp::AnyPointer>().asReader(); }

   private:
    capnp::word first_[64] = {};
    capnp::MallocMessageBuilder message_{kj::arrayPtr(first_, std::size(first_))};
  };

 private:
  // Throws unless the actor may read now.
  [[nodiscard]] actor::Activation& readable() const;
  [[nodiscard]] std::string_view name() const noexcept;
  [[nodiscard]] std::string row_key(std::string_view key) const;
  void add_to_count(actor::Turn& turn, std::int64_t rows);
  // For messages: the table; a row of it.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] std::string text(std::string_view key) const;

  Actor* actor_;
  std::string prefix_;  // of the rows' durable keys; by itself the key of their count
  std::size_t name_bytes_;
  RowType row_type_;
};

template <class Row>
class Table : public TableBase {
 public:
  Table(Actor& actor, std::string_view name)
      : TableBase(actor, name,
                  {capnp::typeId<Row>(), []() -> capnp::StructSchema { return capnp::Schema::from<Row>(); }}) {}

  // A row as it was read; stays as it is whatever is written later.
  class Stored {
   public:
    Stored(std::string key_in, Words words)
        : key(std::move(key_in)), words_(std::move(words)), row_(capnp::readMessageUnchecked<Row>(words_.get())) {}
    const typename Row::Reader& operator*() const& noexcept { return row_; }
    const typename Row::Reader* operator->() const& noexcept { return &row_; }
    const typename Row::Reader& operator*() const&& noexcept {
      TROUPE_CHECK_READ_FROM_TEMPORARY(detail::kNever<Row>);
      return row_;
    }
    const typename Row::Reader* operator->() const&& noexcept {
      TROUPE_CHECK_READ_FROM_TEMPORARY(detail::kOnlyValues<Row>);
      return &row_;
    }
    std::string key;

   private:
    Words words_;
    typename Row::Reader row_;
  };

  class Page {
   public:
    auto begin() const noexcept { return rows_.begin(); }
    auto end() const noexcept { return rows_.end(); }
    [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }
    [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }
    [[nodiscard]] const Stored& operator[](std::size_t i) const& { return rows_[i]; }
    [[nodiscard]] Stored operator[](std::size_t i) && { return std::move(rows_[i]); }
    [[nodiscard]] const Stored& back() const& { return rows_.back(); }
    [[nodiscard]] Stored back() && { return std::move(rows_.back()); }
    // Whether the range has more rows; they are {.after = back().key}.
    [[nodiscard]] bool more() const noexcept { return more_; }

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
    Draft draft;
    std::forward<Build>(build)(draft.row<Row>());
    write(key, draft.built());
  }
  // Changes the row, or a new one where there is none. True: there was one.
  template <class Edit>
  bool edit(std::string_view key, Edit&& edit) {
    Draft draft;
    const auto words = read(key);
    if (words) draft.start_from<Row>(words);
    std::forward<Edit>(edit)(draft.row<Row>());
    write(key, draft.built());
    return words != nullptr;
  }
  // The first rows of a range: at most `rows.limit`, fewer when they are large, at least one if there is one.
  [[nodiscard]] Page page(const Rows& rows = {}) const {
    Page page;
    for (auto& found : read_page(rows, page.more_))
      page.rows_.emplace_back(std::move(found.key), std::move(found.words));
    return page;
  }
  // The row that a page of the range would begin with.
  [[nodiscard]] std::optional<Stored> first(Rows rows = {}) const {
    rows.limit = 1;
    bool more = false;
    for (auto& found : read_page(rows, more)) return Stored(std::move(found.key), std::move(found.words));
    return std::nullopt;
  }
  // Every row of a range, one page in memory at a time. `visit` takes a const Stored&; it may write to the table, and
  // returns nothing, or false to stop. Holds up the actor's other calls as long as it takes.
  template <class Visit>
  void for_each(Rows rows, Visit&& visit) const {
    for (std::string last;;) {
      const Page page = this->page(rows);
      for (const Stored& row : page) {
        if constexpr (std::is_same_v<std::invoke_result_t<Visit&, const Stored&>, bool>) {
          if (!visit(row)) return;
        } else {
          visit(row);
        }
      }
      if (!page.more()) return;
      last = page.back().key;
      rows.after = last;
    }
  }
};

}  // namespace troupe

// A page of those rows of a table that fit, for a listing that is looked through row by row: it ends when it is full,
// or when so many rows were looked at that whoever asks should go on by asking again.
#pragma once

#include <troupe/table.h>

#include <cstddef>
#include <string>
#include <vector>

namespace demo {

struct Looking {
  std::string after{};  // the row that the page before came to; empty: it begins
  bool backward = false;
  std::size_t rows = 100;           // of the page
  std::size_t most_looked = 5'000;  // at, for one page
};

template <class Row>
struct FoundPage {
  std::vector<typename troupe::Table<Row>::Stored> rows{};
  std::string last{};  // that was looked at
  bool more = false;

  // Into a list of as many.
  template <class List>
  void fill(List list) const {
    for (unsigned i = 0; i < rows.size(); ++i) list.setWithCaveats(i, *rows[i]);
  }
  [[nodiscard]] unsigned size() const { return static_cast<unsigned>(rows.size()); }
};

template <class Row, class Fits>
[[nodiscard]] FoundPage<Row> find_page(const troupe::Table<Row>& table, const Looking& looking, Fits&& fits) {
  constexpr std::size_t kAtOnce = 500;
  FoundPage<Row> page{.last = looking.after};
  std::size_t looked = 0;
  table.for_each({.after = looking.after, .backward = looking.backward, .limit = kAtOnce}, [&](const auto& row) {
    page.more = page.rows.size() == looking.rows || looked == looking.most_looked;
    if (page.more) return false;
    ++looked;
    page.last = row.key;
    if (fits(*row)) page.rows.push_back(row);
    return true;
  });
  return page;
}

}  // namespace demo

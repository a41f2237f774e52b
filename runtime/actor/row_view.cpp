#include "actor/row_view.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

namespace troupe::actor {
namespace {

// More rows than this are read from the store in several goes.
constexpr std::size_t kStorePageRows = 256;
// A page of rows ends early at this many bytes, so that large rows do not pile up in memory.
constexpr std::size_t kRowPageBytes = std::size_t{4} << 20;

// The rows of a range in one of the upper layers, from either end.
class Layer {
 public:
  Layer(const RowMap& rows, const store::KeyRange& range, bool backward)
      : first_(rows.lower_bound(range.first)),
        past_(range.past.empty() ? rows.end() : rows.lower_bound(range.past)),
        backward_(backward) {}
  [[nodiscard]] bool done() const { return first_ == past_; }
  [[nodiscard]] const std::string& key() const { return at()->first; }
  [[nodiscard]] const auto& row() const { return at()->second; }
  void next() { backward_ ? --past_ : ++first_; }

 private:
  [[nodiscard]] RowMap::const_iterator at() const { return backward_ ? std::prev(past_) : first_; }
  RowMap::const_iterator first_, past_;
  bool backward_;
};

// The same of the store, read a page at a time; pages grow, for many rows may be hidden.
class StoredRows {
 public:
  StoredRows(const store::Store& store, const store::KeyRange& range, std::size_t wanted, bool backward)
      : store_(store), rest_(range), page_rows_(std::min(wanted, kStorePageRows)), backward_(backward) {
    read();
  }
  [[nodiscard]] bool done() const { return at_ == page_.records.size(); }
  [[nodiscard]] const std::string& key() const { return page_.records[at_].key; }
  [[nodiscard]] RowValue take() {
    return std::make_shared<const std::vector<std::byte>>(std::move(page_.records[at_].value));
  }
  void next() {
    if (++at_ < page_.records.size() || !page_.more) return;
    const std::string& last = page_.records.back().key;
    (backward_ ? rest_.past : rest_.first) = backward_ ? last : store::key_after(last);
    page_rows_ = std::min(2 * page_rows_, kStorePageRows);
    read();
  }

 private:
  void read() {
    auto page = store_.read_page(rest_, page_rows_, backward_);
    if (!page.ok()) throw page.error();
    page_ = std::move(*page);
    at_ = 0;
  }
  const store::Store& store_;
  store::KeyRange rest_;
  std::size_t page_rows_;
  const bool backward_;
  store::Store::Page page_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<RowValue> RowView::above_store(const std::string& key) const {
  if (own_) {
    if (const auto row = own_->find(key); row != own_->end()) return row->second;
  }
  if (unsettled_) {
    if (const RowValue* row = unsettled_->find(key)) return *row;
  }
  return std::nullopt;
}

RowValue RowView::read(const std::string& key) const {
  if (!tape_) return find(key);
  RowValue row = find(key);
  if (!own_ || !own_->contains(key)) tape_->saw(key, row);
  return row;
}

RowValue RowView::find(const std::string& key) const {
  if (auto row = above_store(key)) return std::move(*row);
  auto bytes = store_->read(key);
  if (!bytes.ok()) throw bytes.error();
  if (!*bytes) return nullptr;
  return std::make_shared<const std::vector<std::byte>>(std::move(**bytes));
}

bool RowView::has(const std::string& key) const {
  if (tape_) return read(key) != nullptr;
  if (const auto row = above_store(key)) return *row != nullptr;
  auto there = store_->contains(key);
  if (!there.ok()) throw there.error();
  return *there;
}

RowPage RowView::page(const store::KeyRange& range, std::size_t limit, bool backward) const {
  RowPage page;
  if (!range.past.empty() && range.past <= range.first) return page;
  std::vector<Layer> above;  // the newest first
  if (unsettled_) unsettled_->for_each_layer([&](const RowMap& rows) { above.emplace_back(rows, range, backward); });
  if (own_) above.emplace_back(*own_, range, backward);
  std::reverse(above.begin(), above.end());
  StoredRows stored(*store_, range, limit + 1, backward);

  for (std::size_t bytes = 0;;) {
    const std::string* next = nullptr;
    const auto nearer = [&](const auto& layer) {
      if (layer.done()) return;
      const int order = next ? layer.key().compare(*next) : -1;
      if (!next || (backward ? order > 0 : order < 0)) next = &layer.key();
    };
    for (const Layer& layer : above) nearer(layer);
    nearer(stored);
    if (!next) return page;

    FoundRow found{*next, nullptr};
    bool known = false;
    const auto at_it = [&](const auto& layer) { return !layer.done() && layer.key() == found.key; };
    const auto settle = [&](const RowValue& value) {
      if (!std::exchange(known, true)) found.value = value;
    };
    for (Layer& layer : above) {
      if (at_it(layer)) settle(layer.row()), layer.next();
    }
    if (at_it(stored)) {
      if (!known) found.value = stored.take();
      stored.next();
    }
    if (!found.value) continue;  // erased
    if (tape_ && (!own_ || !own_->contains(found.key))) tape_->saw(found.key, found.value);
    page.more = page.rows.size() >= limit || bytes >= kRowPageBytes;
    if (page.more) return page;
    bytes += found.key.size() + found.value->size();
    page.rows.push_back(std::move(found));
  }
}

}  // namespace troupe::actor

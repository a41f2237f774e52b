// The actor's rows as its running turn sees them: its own writes, then those of commits under way, then the store.
#include <utility>

#include "actor/activation.h"
#include "actor/life.h"
#include "base/check.h"

namespace troupe::actor {
namespace {

RowValue as_value(std::vector<std::byte>&& bytes) {
  return std::make_shared<const std::vector<std::byte>>(std::move(bytes));
}

}  // namespace

RowValue Activation::read_row(const std::string& key) const {
  if (const Turn* turn = current().turn; turn && turn->effects()) {
    const auto& own = turn->effects()->rows;
    if (auto at = own.find(key); at != own.end()) return at->second;
  }
  const auto& unsettled = beside().unsettled.rows();
  if (auto at = unsettled.find(key); at != unsettled.end()) return at->second.value;
  auto bytes = context_.store->read(key).value();
  return bytes ? as_value(std::move(*bytes)) : nullptr;
}

std::vector<Activation::FoundRow> Activation::read_rows(const store::KeyRange& range, std::size_t limit,
                                                        bool backward) const {
  TROUPE_CHECK(!backward);
  const auto within = [&](const std::string& key) { return range.past.empty() || key < range.past; };
  static const RowMap kNone;
  const Turn* turn = current().turn;
  const RowMap& own = turn && turn->effects() ? turn->effects()->rows : kNone;
  const auto& unsettled = beside().unsettled.rows();
  auto mine = own.lower_bound(range.first);
  auto young = unsettled.lower_bound(range.first);
  store::KeyRange rest = range;
  std::vector<store::Record> page;
  std::size_t at = 0;
  bool more = true;
  std::vector<FoundRow> found;
  while (found.size() < limit) {
    if (at == page.size() && more) {
      page = context_.store->read_range(rest, limit).value();
      at = 0;
      more = !page.empty();
      if (more) rest.first = store::key_after(page.back().key);
    }
    const std::string* least = nullptr;
    const auto consider = [&](const std::string& key) {
      if (within(key) && (!least || key < *least)) least = &key;
    };
    if (mine != own.end()) consider(mine->first);
    if (young != unsettled.end()) consider(young->first);
    if (at < page.size()) consider(page[at].key);
    if (!least) break;
    const std::string key = *least;
    RowValue value;
    if (at < page.size() && page[at].key == key) value = as_value(std::move(page[at++].value));
    if (young != unsettled.end() && young->first == key) value = young++->second.value;
    if (mine != own.end() && mine->first == key) value = mine++->second;
    if (value) found.push_back({key, std::move(value)});
  }
  return found;
}

Turn& Activation::claim_edit(const std::string& what) {
  Turn* turn = current().turn;
  if (!turn) throw Error(ErrorKind::invalid, what + " outside a turn of " + address_->text());
  if (turn->kind() == TurnKind::read_only)
    throw Error(ErrorKind::invalid, what + " in a readOnly method of " + address_->text());
  if (!hosted_->service.durable())
    throw Error(ErrorKind::invalid, what + " in " + address_->text() + ", whose service declares no state");
  if (editor_ && editor_ != turn) {
    throw Error(ErrorKind::unavailable,
                "another turn of " + address_->text() + " is editing the state; only one of interleaved turns may");
  }
  editor_ = turn;
  return *turn;
}

void Activation::write_row(Turn& turn, std::string key, RowValue value) {
  turn.add_effects().rows.insert_or_assign(std::move(key), std::move(value));
}

}  // namespace troupe::actor

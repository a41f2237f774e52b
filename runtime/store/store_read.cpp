// Reading the store: the overlays of the commit log first, LMDB beneath them.
#include <algorithm>
#include <limits>

#include "store/encryption/cipher.h"
#include "store/lmdb/cursor.h"
#include "store/lmdb/environment.h"
#include "store/lmdb/lmdb_error.h"
#include "store/log/checkpoint.h"
#include "store/log/commit_log.h"
#include "store/log/overlay.h"
#include "store/log/recovery.h"
#include "store/store.h"

namespace troupe::store {
namespace {

constexpr std::size_t kPageRecords = 256;
// A page ends early at this many bytes, so that large records do not pile up in memory.
constexpr std::size_t kPageBytes = std::size_t{4} << 20;
constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

std::span<const std::byte> bytes_of(const MDB_val& value) {
  return {static_cast<const std::byte*>(value.mv_data), value.mv_size};
}

}  // namespace

// Of a store that is read beside a live node: LMDB has passed what the log said at opening.
bool Store::overtaken(MDB_txn* txn) const {
  std::uint64_t applied = 0;
  return commits_ == nullptr && read_applied(txn, *environment_, applied) == 0 && applied >= overlays_->last_batch();
}

Result<std::vector<std::byte>> Store::opened(std::string_view key, std::vector<std::byte> value) const {
  if (!opener_) return value;
  auto open = opener_->open(key, value);
  if (open) return open;
  return Error(open.error().kind(), "cannot read a record of the store at " + environment_->directory().string() +
                                        ": " + open.error().message() + "; troupe db verify tells which record");
}

Result<bool> Store::find(std::string_view key, const std::function<void(std::span<const std::byte>)>& found) const {
  if (key.empty() || key.size() > kMaxKeyBytes)
    return Error(ErrorKind::invalid, "a durable key has " + std::to_string(key.size()) + " bytes; 1 to " +
                                         std::to_string(kMaxKeyBytes) + " are allowed");
  const std::optional<Value> overlaid = overlays_->find(key);
  const auto show_overlaid = [&] {
    if (*overlaid != nullptr) found(**overlaid);
    return *overlaid != nullptr;
  };
  if (overlaid && commits_ != nullptr) return show_overlaid();
  auto reading = environment_->read();
  if (!reading) return reading.error();
  if (overlaid && !overtaken(reading->txn())) return show_overlaid();
  MDB_val name = as_val(key), value{};
  const int code = mdb_get(reading->txn(), environment_->table(Table::records), &name, &value);
  if (code == MDB_NOTFOUND) return false;
  if (code != 0) return lmdb_error("cannot read a record of the store at " + environment_->directory().string(), code);
  found(bytes_of(value));
  return true;
}

Result<std::optional<std::vector<std::byte>>> Store::read(std::string_view key) const {
  std::optional<std::vector<std::byte>> value;
  const auto there = find(key, [&](std::span<const std::byte> bytes) { value.emplace(bytes.begin(), bytes.end()); });
  if (!there) return there.error();
  if (!value || !opener_) return value;
  auto open = opened(key, std::move(*value));
  if (!open) return open.error();
  return std::optional(std::move(open).value());
}

Result<bool> Store::contains(std::string_view key) const {
  return find(key, [](std::span<const std::byte>) {});
}

Result<Store::Page> Store::read_page(const KeyRange& range, std::size_t limit, bool backward) const {
  return open_page(read_sealed(range, limit, backward));
}

Result<Store::Page> Store::read_page(const KeyRange& range, std::size_t limit, PartitionId partition,
                                     std::uint64_t& sequence) const {
  return open_page(read_sealed(range, limit, false, [&](const Numbers& numbers) { sequence = numbers[partition]; }));
}

Result<Store::Page> Store::open_page(Result<Page> page) const {
  if (!page || !opener_) return page;
  for (Record& record : page->records) {
    auto value = opened(record.key, std::move(record.value));
    if (!value) return value.error();
    record.value = std::move(value).value();
  }
  return page;
}

Result<std::vector<Record>> Store::read_range(const KeyRange& range, std::size_t limit) const {
  auto page = read_page(range, limit);
  if (!page) return page.error();
  return std::move(page->records);
}

Result<Store::Page> Store::read_sealed(const KeyRange& range, std::size_t limit, bool backward) const {
  return read_sealed(range, limit, backward, [](const auto&) {});
}

Result<Store::Page> Store::read_sealed(const KeyRange& range, std::size_t limit, bool backward,
                                       const std::function<void(const Numbers&)>& at_that_moment) const {
  std::optional<Result<Environment::Reading>> reading;
  auto overlaid =
      overlays_->slice(range, {.limit = limit, .bytes = kPageBytes, .backward = backward}, [&](const Numbers& numbers) {
        reading.emplace(environment_->read());
        at_that_moment(numbers);
      });
  if (!*reading) return reading->error();
  MDB_txn* const txn = (*reading)->txn();
  if (overtaken(txn)) overlaid.clear();

  // The slice reaches as far as the page does: by itself it has values enough to fill it.
  Page page;
  std::size_t bytes = 0;
  const auto add = [&](std::string_view key, std::span<const std::byte> value) {
    bytes += key.size() + value.size();
    page.records.push_back({std::string(key), {value.begin(), value.end()}});
  };
  Cursor cursor(txn, environment_->table(Table::records));
  backward ? cursor.seek_before(range.past) : cursor.seek(range.first);
  auto over = overlaid.begin();
  for (;;) {
    page.more = page.records.size() >= limit || bytes >= kPageBytes;
    const bool beneath = backward ? cursor.at_one_from(range.first) : cursor.at_one(range.past);
    if (page.more || (over == overlaid.end() && !beneath)) break;
    const int order = over == overlaid.end() ? 1
                      : !beneath             ? -1
                      : backward             ? cursor.key().compare(over->first)
                                             : over->first.compare(cursor.key());
    if (order > 0) {
      add(cursor.key(), bytes_of(cursor.value()));
    } else {
      if (over->second != nullptr) add(over->first, *over->second);
      ++over;
    }
    if (order >= 0) backward ? cursor.previous() : cursor.next();
  }
  if (const int code = cursor.failure(); code != 0)
    return lmdb_error("cannot read records of the store at " + environment_->directory().string(), code);
  return page;
}

Result<void> Store::for_each(const KeyRange& range, const std::function<bool(const Record&)>& visit) const {
  Result<void> ended;
  auto walked = walk(range, [&](const Record& record, const Error* damage) {
    if (damage != nullptr) ended = *damage;
    return damage == nullptr && visit(record);
  });
  return walked ? ended : walked;
}

Result<void> Store::walk(const KeyRange& range, const Walked& visit) const {
  KeyRange rest = range;
  for (;;) {
    auto page = read_sealed(rest, kPageRecords, false);
    if (!page) return page.error();
    for (Record& record : page->records) {
      auto value = opened(record.key, std::move(record.value));
      if (value) record.value = std::move(value).value();
      if (!visit(record, value ? nullptr : &value.error())) return {};
    }
    if (!page->more) return {};
    rest.first = key_after(page->records.back().key);
    if (rest.first.empty()) return {};
  }
}

Result<std::vector<std::uint64_t>> Store::sequences() const {
  auto numbers = read_sequences(*environment_);
  if (!numbers) return numbers.error();
  const auto logged = overlays_->sequences();
  std::vector<std::uint64_t> latest(numbers->begin(), numbers->end());
  for (std::size_t i = 0; i < latest.size(); ++i) latest[i] = std::max(latest[i], logged[i]);
  return latest;
}

Result<std::uint64_t> Store::count_records() const {
  std::optional<Result<Environment::Reading>> reading;
  auto overlaid = overlays_->slice({}, {.limit = kNoLimit, .bytes = kNoLimit},
                                   [&](const auto&) { reading.emplace(environment_->read()); });
  if (!*reading) return reading->error();
  MDB_txn* const txn = (*reading)->txn();
  if (overtaken(txn)) overlaid.clear();
  const MDB_dbi records = environment_->table(Table::records);
  MDB_stat found;
  int code = mdb_stat(txn, records, &found);
  std::uint64_t count = code == 0 ? found.ms_entries : 0;
  for (auto entry = overlaid.begin(); code == 0 && entry != overlaid.end(); ++entry) {
    MDB_val key = as_val(entry->first), value{};
    code = mdb_get(txn, records, &key, &value);
    if (code == 0 && entry->second == nullptr) --count;
    if (code == MDB_NOTFOUND && entry->second != nullptr) ++count;
    if (code == MDB_NOTFOUND) code = 0;
  }
  if (code != 0) return lmdb_error("cannot read the store at " + environment_->directory().string(), code);
  return count;
}

Result<StoreStats> Store::stats() const {
  StoreStats stats;
  if (commits_) stats.commits = commits_->stats();
  stats.map_bytes = environment_->map_bytes();
  stats.used_bytes = environment_->used_bytes();
  stats.reads = environment_->reads();
  const auto records = count_records();
  if (!records) return records.error();
  stats.records = records.value();
  return stats;
}

}  // namespace troupe::store

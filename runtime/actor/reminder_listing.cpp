#include "actor/reminder_listing.h"

#include <troupe/store.capnp.h>

#include <map>

#include "actor/outbox.h"
#include "actor/reminder_rows.h"
#include "store/partition_marks.h"

namespace troupe::actor {
namespace {

// What the row by name says and the row by time does not.
Result<std::uint64_t> period_of(const store::Store& store, const DueKey& due) {
  const std::string key =
      store::row_key(store::KeyKind::reminder_name, {due.partition, due.service, due.key}, due.name);
  auto bytes = store.read(key);
  if (!bytes.ok()) return bytes.error();
  if (!*bytes) return std::uint64_t{0};  // it has just gone
  auto row = RowReader::open(std::make_shared<const std::vector<std::byte>>(std::move(**bytes)), key);
  if (!row.ok()) return row.error();
  return row->get<rows::Reminder>().getPeriodMs();
}

}  // namespace

Result<std::vector<StoredReminder>> reminders_of(const store::Store& store, const store::RowOwner& owner,
                                                 std::size_t limit, std::string_view after) {
  auto range = store::prefix_range(store::row_key(store::KeyKind::reminder_name, owner));
  if (!after.empty()) range.first = store::key_after(range.first + std::string(after));
  auto page = store.read_range(range, limit);
  if (!page.ok()) return page.error();
  std::vector<StoredReminder> out;
  for (auto& record : *page) {
    auto parsed = store::parse_row_key(record.key);
    if (!parsed.ok()) return parsed.error();
    auto row = RowReader::open(std::make_shared<const std::vector<std::byte>>(std::move(record.value)), record.key);
    if (!row.ok()) return row.error();
    const auto reminder = row->get<rows::Reminder>();
    out.push_back({parsed->service, parsed->key, parsed->rest, reminder.getDueMs(), reminder.getPeriodMs()});
  }
  return out;
}

Result<std::vector<StoredReminder>> reminders_by_time(const store::Store& store, std::size_t limit,
                                                      std::uint64_t from_ms) {
  // The next of each partition, by time.
  std::multimap<std::uint64_t, std::string> next;
  const auto meet = [&](PartitionId partition, std::string from) -> Result<void> {
    auto row = store.read_range({std::move(from), store::kind_range(partition, store::KeyKind::reminder).past}, 1);
    if (!row.ok()) return row.error();
    if (!row->empty()) next.emplace(due_of(row->front().key), std::move(row->front().key));
    return {};
  };
  auto partial = store::partial_partitions(store);
  if (!partial.ok()) return partial.error();
  for (PartitionId p = 0; p < kPartitions; ++p) {
    if ((*partial)[p]) continue;
    if (auto met = meet(p, due_prefix(p, from_ms)); !met.ok()) return met.error();
  }
  std::vector<StoredReminder> out;
  while (out.size() < limit && !next.empty()) {
    const std::string key = std::move(next.begin()->second);
    next.erase(next.begin());
    auto due = parse_due_key(key);
    if (!due.ok()) return due.error();
    auto period = period_of(store, *due);
    if (!period.ok()) return period.error();
    if (auto met = meet(due->partition, store::key_after(key)); !met.ok()) return met.error();
    out.push_back({due->service, std::move(due->key), std::move(due->name), due->due_ms, *period});
  }
  return out;
}

}  // namespace troupe::actor

#include "store/partition_marks.h"

#include <utility>
#include <vector>

#include "store/awaited_commit.h"
#include "store/format/keys.h"

namespace troupe::store {
namespace {

// Of one commit, so that neither the log nor memory is filled by one.
constexpr std::size_t kRecordsAtOnce = 1024;

Result<void> commit(Store& store, PartitionId partition, Epoch epoch, std::vector<Write> writes) {
  AwaitedCommit commit;
  commit.partition = partition;
  commit.epoch = epoch;
  commit.writes = std::move(writes);
  return commit.through(store.commits());
}

}  // namespace

Result<std::optional<PartitionMark>> mark_of(const Store& store, PartitionId partition) {
  auto row = store.read(partition_key(partition));
  if (!row.ok()) return row.error();
  if (!row->has_value()) return std::optional<PartitionMark>();
  auto mark = parse_partition_mark(**row);
  if (!mark.ok()) return mark.error();
  return std::optional(*mark);
}

Result<PartitionSet> partial_partitions(const Store& store) {
  PartitionSet partial;
  for (PartitionId partition = 0; partition < kPartitions; ++partition) {
    auto mark = mark_of(store, partition);
    if (!mark.ok()) return mark.error();
    partial[partition] = mark->has_value() && (*mark)->state == PartitionMark::State::taking;
  }
  return partial;
}

Result<void> put_mark(Store& store, PartitionId partition, Epoch epoch, const PartitionMark& mark) {
  return commit(store, partition, epoch, {{.key = partition_key(partition), .value = value_of(encode(mark))}});
}

Result<void> drop_partition(Store& store, PartitionId partition, Epoch epoch, bool mark_too) {
  const std::string mark = partition_key(partition);
  KeyRange rest = partition_range(partition);
  for (;;) {
    auto page = store.read_page(rest, kRecordsAtOnce);
    if (!page.ok()) return page.error();
    std::vector<Write> writes;
    for (Record& record : page->records) {
      rest.first = key_after(record.key);
      if (record.key != mark) writes.push_back({.key = std::move(record.key)});
    }
    if (!page->more && mark_too) writes.push_back({.key = mark});
    if (!writes.empty())
      if (auto erased = commit(store, partition, epoch, std::move(writes)); !erased.ok()) return erased;
    if (!page->more) return {};
  }
}

}  // namespace troupe::store

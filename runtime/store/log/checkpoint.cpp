// Pieces run in key order, which LMDB's pages like best.
#include "store/log/checkpoint.h"

#include <cstring>

#include "store/lmdb/lmdb_error.h"

namespace troupe::store {
namespace {

constexpr std::size_t kPieceRecords = 4096;
constexpr std::size_t kPieceBytes = std::size_t{4} << 20;

// `value` null: erase.
int put(MDB_txn* txn, MDB_dbi records, std::string_view key, const std::vector<std::byte>* value) {
  MDB_val name = as_val(key);
  if (value == nullptr) {
    const int code = mdb_del(txn, records, &name, nullptr);
    return code == MDB_NOTFOUND ? 0 : code;
  }
  MDB_val data{value->size(), const_cast<std::byte*>(value->data())};
  return mdb_put(txn, records, &name, &data, 0);
}

int read_batch(MDB_txn* txn, const Environment& environment, std::string_view row,
               std::optional<std::uint64_t>& batch) {
  MDB_val key = as_val(row), value{};
  batch.reset();
  const int code = mdb_get(txn, environment.main(), &key, &value);
  if (code == MDB_NOTFOUND) return 0;
  if (code != 0) return code;
  if (value.mv_size != sizeof *batch) return MDB_CORRUPTED;
  std::memcpy(&batch.emplace(), value.mv_data, sizeof *batch);
  return 0;
}

}  // namespace

int put_numbers(MDB_txn* txn, MDB_dbi main, std::uint64_t batch, std::array<std::uint64_t, kPartitions> sequences) {
  for (std::size_t block = 0; block < kSequenceBlocks; ++block) {
    MDB_val key = as_val(kSequenceKeys[block]);
    MDB_val value{kSequenceBlockNumbers * sizeof sequences[0], &sequences[block * kSequenceBlockNumbers]};
    if (const int code = mdb_put(txn, main, &key, &value, 0); code != 0) return code;
  }
  MDB_val key = as_val(kAppliedKey), value{sizeof batch, &batch};
  return mdb_put(txn, main, &key, &value, 0);
}

int put_marked(MDB_txn* txn, MDB_dbi main, std::uint64_t batch) {
  MDB_val key = as_val(kMarkedKey), value{sizeof batch, &batch};
  return mdb_put(txn, main, &key, &value, 0);
}

Environment::Written checkpoint(Environment& environment, const Overlay& overlay) {
  const MDB_dbi records = environment.table(Table::records);
  auto next = overlay.values.begin();
  do {
    const auto first = next;
    std::size_t count = 0, bytes = 0;
    for (; next != overlay.values.end() && count < kPieceRecords && bytes < kPieceBytes; ++next, ++count)
      bytes += next->first.size() + (next->second ? next->second->size() : 0);
    const bool last = next == overlay.values.end();
    const auto written = environment.write(bytes, [&](MDB_txn* txn) {
      for (auto at = first; at != next; ++at)
        if (const int code = put(txn, records, at->first, at->second.get()); code != 0) return code;
      if (!last) return 0;
      if (const int code = put_marked(txn, environment.main(), overlay.last_batch); code != 0) return code;
      return put_numbers(txn, environment.main(), overlay.last_batch, overlay.sequences);
    });
    if (written.code != 0) return written;
  } while (next != overlay.values.end());
  return {};
}

Environment::Written write_through(Environment& environment, std::uint64_t batch, std::span<const NumberedSet> sets,
                                   std::array<std::uint64_t, kPartitions> sequences) {
  return environment.write(frame_bytes(sets), [&](MDB_txn* txn) {
    for (const NumberedSet& set : sets) {
      sequences[set.partition] = set.sequence;
      for (const Write& write : *set.writes)
        if (const int code = put(txn, environment.table(Table::records), write.key, write.value.get()); code != 0)
          return code;
    }
    return put_numbers(txn, environment.main(), batch, sequences);
  });
}

int read_applied(MDB_txn* txn, const Environment& environment, std::uint64_t& batch) {
  std::optional<std::uint64_t> found;
  const int code = read_batch(txn, environment, kAppliedKey, found);
  batch = found.value_or(0);
  return code;
}

int read_marked(MDB_txn* txn, const Environment& environment, std::optional<std::uint64_t>& batch) {
  return read_batch(txn, environment, kMarkedKey, batch);
}

}  // namespace troupe::store

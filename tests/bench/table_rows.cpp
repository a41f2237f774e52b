#include "table_rows.h"

#include <troupe/node.h>
#include <troupe/table.h>

#include <string>
#include <vector>

#include "baseline/baselines.h"
#include "bench.capnp.troupe.h"
#include "counting.h"

namespace troupe::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::uint32_t kShelves = 4;
constexpr std::uint32_t kRowBatch = 256;  // rows a turn
constexpr std::uint32_t kRowNoteBytes = 80;
constexpr std::size_t kTableRowBytes = 120, kCountBytes = 40, kShelfRecordBytes = 200;

std::string row_key(std::uint64_t number) {
  std::string key = std::to_string(number);
  return std::string(12 - key.size(), '0') + key;
}

class Filling final : public RowShelfActor {
  Task<> fill(FillParams::Reader in, FillResults::Builder) override {
    auto rows = table<ShelfRow>("rows");
    const auto first = state().getTotal();
    for (std::uint32_t i = 0; i < in.getRows(); ++i)
      rows.put(row_key(first + i), [&](auto row) { row.initNote(in.getNoteBytes()); });
    edit().setTotal(first + in.getRows());
    co_return;
  }
};

}  // namespace

double table_rows(const Effort& effort) {
  Node node(counting_node(effort.dir));
  node.host<Filling>();
  node.start();
  const auto fill_until = [&](Clock::time_point end) {
    std::uint64_t rows = 0;
    std::vector<std::future<Reply<RowShelf::FillResults>>> flying(kShelves);
    const auto fill = [&](std::uint32_t shelf) {
      return node.ref<RowShelf>("shelf-" + std::to_string(shelf))
          .fill([](auto params) {
            params.setRows(kRowBatch);
            params.setNoteBytes(kRowNoteBytes);
          })
          .future();
    };
    for (std::uint32_t i = 0; i < kShelves; ++i) flying[i] = fill(i);
    while (Clock::now() < end) {
      for (std::uint32_t i = 0; i < kShelves; ++i) {
        (void)flying[i].get();
        rows += kRowBatch;
        flying[i] = fill(i);
      }
    }
    for (auto& call : flying) (void)call.get(), rows += kRowBatch;
    return rows;
  };
  (void)fill_until(Clock::now() + effort.time / 10);
  const Batches batches(node);
  const auto start = Clock::now();
  const auto rows = static_cast<double>(fill_until(start + effort.time));
  const std::chrono::duration<double> took = Clock::now() - start;
  batches.tell(rows, effort);
  return rows / took.count();
}

// The same rows, with each shelf's record and count, in one transaction for all shelves.
double lmdb_table_rows(const Effort& effort) {
  const auto fill = [](baseline::Writes& writes, std::uint64_t round) {
    for (std::uint32_t shelf = 0; shelf < kShelves; ++shelf) {
      const std::string prefix = "shelf-" + std::to_string(shelf);
      for (std::uint32_t i = 0; i < kRowBatch; ++i)
        writes.put(prefix + "/rows/" + row_key(round * kRowBatch + i), kTableRowBytes);
      writes.put(prefix + "/rows", kCountBytes);
      writes.put(prefix, kShelfRecordBytes);
    }
  };
  return baseline::lmdb_rounds({fill}, kShelves * kRowBatch, effort);
}

}  // namespace troupe::bench

#include "store/range_snapshot.h"

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <thread>

#include "sealing_fixture.h"
#include "store_fixture.h"

using namespace troupe;
using namespace troupe::store;

namespace {

using Rows = std::map<std::string, std::string>;

void take_page(Rows& rows, const std::vector<Record>& page) {
  for (const Record& record : page) rows[record.key] = text_of(record.value);
}

void apply(Rows& rows, const SetRun& run, std::uint64_t after, std::uint64_t until) {
  parse_run(run).value().for_each([&](const LoggedWrite& write) {
    if (write.sequence <= after || write.sequence > until) return;
    if (write.value) {
      rows[std::string(write.key)] = text_of({write.value->begin(), write.value->end()});
    } else {
      rows.erase(std::string(write.key));
    }
  });
}

Rows rows_of(const Store& store, PartitionId partition) {
  Rows rows;
  store
      .for_each(partition_range(partition),
                [&](const Record& record) {
                  rows[record.key] = text_of(record.value);
                  return true;
                })
      .value();
  return rows;
}

// Puts and erases keys of one partition until it is told to stop.
class Busy {
 public:
  Busy(Store& store, PartitionId partition)
      : thread_([this, &store, partition] {
          std::mt19937 random(7);
          for (int i = 0; !stop_; ++i) {
            ObservedCommit one;
            one.partition = partition;
            for (int n = 0; n < 3; ++n) {
              const std::string key = std::to_string(random() % 400);
              random() % 3 == 0 ? one.erase(key) : one.put(key, std::to_string(i));
            }
            store.commits().submit(&one);
            if (one.wait()) ++failures_;
          }
        }) {}
  ~Busy() { stop(); }
  void stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
    CHECK(failures_ == 0);
  }

 private:
  std::atomic<bool> stop_{false};
  std::atomic<int> failures_{0};
  std::thread thread_;
};

void copy_while_busy(const StoreOptions& options) {
  auto store = open_store(options);
  for (int i = 0; i < 400; i += 2) REQUIRE_FALSE(commit(*store, 1, std::to_string(i), "first"));
  REQUIRE_FALSE(commit(*store, 2, "another partition's", "value"));
  Busy busy(*store, 1);

  auto position = store->commits().backlog().hold(1).value();
  RangeSnapshot snapshot(*store, 1, partition_range(1));
  Rows rows;
  while (!snapshot.ended()) {
    take_page(rows, snapshot.next(7).value());
    for (const std::uint64_t was = store->commits().sequence(1); store->commits().sequence(1) == was;)
      std::this_thread::yield();
  }
  REQUIRE(position->sequence() <= snapshot.begins_at());
  CHECK(snapshot.begins_at() < snapshot.ends_at());
  busy.stop();

  const std::uint64_t last = store->commits().sequence(1);
  for (std::uint64_t at = snapshot.begins_at(); at < last;) {
    position->advance(at);
    for (const SetRun& run : position->read(100'000).value()) {
      apply(rows, run, at, last);
      at = run.last;
    }
  }
  CHECK(rows == rows_of(*store, 1));
}

}  // namespace

TEST_CASE("a snapshot and the write sets behind it make the range, while commits and checkpoints go on") {
  TemporaryDirectory directory;
  copy_while_busy(small_log(directory.path()));
}

TEST_CASE("a snapshot and the write sets behind it are in clear, whatever the store seals") {
  TemporaryDirectory directory;
  StoreOptions options = small_log(directory.path());
  options.keys = ring(kOne);
  copy_while_busy(options);
}

TEST_CASE("a snapshot at rest is the range, page by page") {
  TemporaryDirectory directory;
  auto store = open_store(options_for(directory.path()));
  for (const char* key : {"a", "b", "c", "d", "e"}) REQUIRE_FALSE(commit(*store, 1, key, key));

  RangeSnapshot snapshot(*store, 1, partition_range(1));
  CHECK(snapshot.next(0).error().kind() == ErrorKind::invalid);
  Rows rows;
  int pages = 0;
  for (; !snapshot.ended(); ++pages) take_page(rows, snapshot.next(2).value());

  CHECK(pages == 3);
  CHECK(rows == rows_of(*store, 1));
  CHECK(snapshot.begins_at() == 5);
  CHECK(snapshot.ends_at() == 5);
  CHECK(snapshot.next(2).value().empty());

  CHECK(RangeSnapshot(*store, kPartitions, {}).next(1).error().kind() == ErrorKind::invalid);
  RangeSnapshot nothing(*store, 3, partition_range(3));
  CHECK(nothing.next(10).value().empty());
  CHECK(nothing.ended());
  CHECK(nothing.begins_at() == 0);
}

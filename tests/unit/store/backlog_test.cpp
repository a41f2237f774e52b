#include "store/backlog.h"

#include <doctest/doctest.h>

#include <future>
#include <thread>
#include <utility>

#include "store/disk_faults.h"
#include "store_fixture.h"

using namespace troupe;
using namespace troupe::store;

namespace {

// The writer thread's part, by hand: write sets of one put each.
struct HandWritten {
  explicit HandWritten(std::size_t max_bytes = kMaxBacklogBytes) : backlog(max_bytes, on_disk) {}

  void write(PartitionId partition, std::size_t value_bytes = 8) {
    Backlog::Writing writing(backlog);
    const std::uint64_t number = on_disk[partition] + 1;
    std::vector<Write> writes{{.key = actor_key(partition, 7, std::to_string(number)),
                               .value = value_of(std::vector<std::byte>(value_bytes))}};
    std::vector<NumberedSet> batch{{partition, number, &writes}};
    std::vector<SetRun> runs;
    if (writing.wanted()) runs = runs_of(batch, [&](PartitionId one) { return writing.wanted(one); });
    on_disk[partition] = number;
    writing.done(runs);
  }

  Backlog::Sequences on_disk{};
  Backlog backlog;
};

std::vector<std::uint64_t> numbers(const std::vector<SetRun>& runs) {
  std::vector<std::uint64_t> all;
  for (const SetRun& run : runs)
    for (std::uint64_t number = run.first; number <= run.last; ++number) all.push_back(number);
  return all;
}

std::size_t bytes_of_run() {
  HandWritten one;
  auto position = one.backlog.hold(1).value();
  one.write(1);
  return one.backlog.bytes();
}

}  // namespace

TEST_CASE("nothing is kept that nobody needs") {
  HandWritten node;
  node.write(1);
  CHECK(node.backlog.bytes() == 0);

  auto position = node.backlog.hold(1).value();
  node.write(1);
  node.write(2);

  CHECK(position->sequence() == 1);
  CHECK(numbers(position->read(1000).value()) == std::vector<std::uint64_t>{2});
  CHECK(node.backlog.bytes() == bytes_of_run());
  position.reset();
  CHECK(node.backlog.bytes() == 0);
}

TEST_CASE("a position reads what comes behind it, as much as it asks for and at least one") {
  HandWritten node;
  auto position = node.backlog.hold(1).value();
  CHECK(position->read(1000).value().empty());
  for (int i = 0; i < 5; ++i) node.write(1);

  CHECK(numbers(position->read(0).value()) == std::vector<std::uint64_t>{1});
  CHECK(numbers(position->read(3 * bytes_of_run()).value()) == std::vector<std::uint64_t>{1, 2, 3});
  position->advance(3);
  position->advance(2);
  CHECK(position->sequence() == 3);
  CHECK(numbers(position->read(1000'000).value()) == std::vector<std::uint64_t>{4, 5});
  CHECK(node.backlog.bytes() == 2 * bytes_of_run());
  position->advance(~std::uint64_t{0});
  CHECK(position->sequence() == 5);
  CHECK(position->read(1000).value().empty());
  CHECK(node.backlog.bytes() == 0);
  node.write(1);
  CHECK(numbers(position->read(1000).value()) == std::vector<std::uint64_t>{6});
}

TEST_CASE("what the slowest of several needs is kept, and no more") {
  HandWritten node;
  auto slow = node.backlog.hold(1).value(), quick = node.backlog.hold(1).value();
  for (int i = 0; i < 4; ++i) node.write(1);

  quick->advance(4);
  CHECK(node.backlog.bytes() == 4 * bytes_of_run());
  auto third = node.backlog.hold(1, 2).value();
  CHECK(numbers(third->read(1000'000).value()) == std::vector<std::uint64_t>{3, 4});
  slow.reset();
  CHECK(node.backlog.bytes() == 2 * bytes_of_run());
  third.reset();
  CHECK(node.backlog.bytes() == 0);

  expect(node.backlog.hold(1, 2).error(), ErrorKind::unavailable, "write sets 3 to 4 of partition 1 are not kept");
  CHECK(node.backlog.hold(1, 4).value()->read(1000).value().empty());
}

TEST_CASE("past its bound the backlog lets go of the oldest, and who needs that is told") {
  HandWritten node(3 * bytes_of_run());
  auto first = node.backlog.hold(1).value(), second = node.backlog.hold(2).value();
  node.write(1);
  node.write(2);
  node.write(2);
  CHECK(numbers(first->read(1000'000).value()) == std::vector<std::uint64_t>{1});

  node.write(2);

  CHECK(node.backlog.bytes() == 3 * bytes_of_run());
  const Error gone = first->read(1000'000).error();
  expect(gone, ErrorKind::unavailable, "write sets 1 to 1 of partition 1 are not kept any more");
  CHECK(gone.code() == kGone);
  CHECK(numbers(second->read(1000'000).value()) == std::vector<std::uint64_t>{1, 2, 3});
  node.write(1, 4096);  // too large for it alone
  CHECK(node.backlog.bytes() == 0);
  expect(second->read(1000'000).error(), ErrorKind::unavailable, "copy the partition anew");
  node.write(1);
  first->advance(2);
  CHECK(numbers(first->read(1000'000).value()) == std::vector<std::uint64_t>{3});
}

TEST_CASE("a backlog of no bytes keeps nothing, and says so") {
  HandWritten node(0);
  auto position = node.backlog.hold(1).value();
  node.write(1);

  expect(position->read(1000).error(), ErrorKind::unavailable, "are not kept any more");
  CHECK(node.backlog.bytes() == 0);
}

TEST_CASE("a position that cannot be is refused") {
  HandWritten node;
  node.write(1);
  expect(node.backlog.hold(1, 2).error(), ErrorKind::invalid, "partition 1 has come to write set 1, not to 2");
  expect(node.backlog.hold(1, ~std::uint64_t{0}).error(), ErrorKind::invalid, "has come to write set 1");
  expect(node.backlog.hold(kPartitions).error(), ErrorKind::invalid, "there is no partition 256; there are 256");
  expect(node.backlog.hold(1, 0).error(), ErrorKind::unavailable, "write sets 1 to 1");

  std::vector<std::unique_ptr<Backlog::Position>> many;
  for (std::size_t i = 0; i < kMaxPositions; ++i) many.push_back(node.backlog.hold(3).value());
  expect(node.backlog.hold(3).error(), ErrorKind::overloaded, "64 positions are held in partition 3");
  CHECK(node.backlog.hold(4).ok());
  many.pop_back();
  CHECK(node.backlog.hold(3).ok());
}

TEST_CASE("a position of a store has every write set, whenever it was taken, while commits go on") {
  TemporaryDirectory directory;
  StoreOptions options = small_log(directory.path());
  auto store = open_store(options);
  std::atomic<bool> stop{false};
  std::vector<std::thread> writers;
  for (int w = 0; w < 2; ++w) {
    writers.emplace_back([&, w] {
      for (int i = 0; !stop; ++i) (void)commit(*store, static_cast<PartitionId>(1 + i % 2), std::to_string(w), "v");
    });
  }

  for (int round = 0; round < 50; ++round) {
    auto position = store->commits().backlog().hold(1).value();
    std::uint64_t next = position->sequence() + 1;
    for (const std::uint64_t until = next + 20; next < until;) {
      for (const SetRun& run : position->read(4096).value()) {
        REQUIRE(run.first == next);
        REQUIRE(parse_run(run).has_value());
        next = run.last + 1;
      }
      position->advance(next - 1);
    }
  }
  stop = true;
  for (auto& writer : writers) writer.join();
  CHECK(store->commits().backlog().bytes() == 0);
}

TEST_CASE("a position that is taken while a batch is written begins with that batch, or behind it") {
  struct InTheMidst final : DiskFaults {
    int before(DiskWrite write) noexcept override {
      if (write != DiskWrite::log || !backlog) return 0;
      position =
          std::async(std::launch::async, [held = std::exchange(backlog, nullptr)] { return held->hold(1).value(); });
      (void)position.wait_for(std::chrono::milliseconds(50));
      return 0;
    }
    Backlog* backlog = nullptr;
    std::future<std::unique_ptr<Backlog::Position>> position;
  };
  InTheMidst faults;
  TemporaryDirectory directory;
  StoreOptions options = options_for(directory.path());
  options.faults = &faults;
  auto store = open_store(options);
  faults.backlog = &store->commits().backlog();
  REQUIRE_FALSE(commit(*store, 1, "a", "1"));
  const auto position = faults.position.get();
  REQUIRE_FALSE(commit(*store, 1, "a", "2"));

  const auto runs = position->read(100'000).value();
  REQUIRE(runs.size() == 2 - position->sequence());
  CHECK(runs.front().first == position->sequence() + 1);
  CHECK(runs.back().last == 2);
}

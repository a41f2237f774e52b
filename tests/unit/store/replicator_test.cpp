#include "store/replicator.h"

#include <doctest/doctest.h>

#include <cerrno>
#include <map>
#include <mutex>

#include "sealing_fixture.h"
#include "store/disk_faults.h"
#include "store_fixture.h"

using namespace troupe;
using namespace troupe::store;

namespace {

// Keeps what it is offered until the test says how it ends; partitions without a hold are done at once.
class SlowCopies final : public Replicator {
 public:
  explicit SlowCopies(std::vector<PartitionId> held) : held_(std::move(held)) {}
  void ship(const SetRun& run) noexcept override {
    const std::lock_guard lock(mutex_);
    shipped_.push_back(run);
  }
  void on_disk(const SetRun& run) noexcept override {
    {
      const std::lock_guard lock(mutex_);
      last_[run.partition] = run;
    }
    if (std::find(held_.begin(), held_.end(), run.partition) == held_.end()) queue->replicated(run.partition, run.last);
  }
  [[nodiscard]] SetRun last(PartitionId partition) {
    const std::lock_guard lock(mutex_);
    return last_[partition];
  }
  void wait_for(PartitionId partition, std::uint64_t sequence) {
    while (last(partition).last < sequence) std::this_thread::yield();
  }
  [[nodiscard]] std::vector<SetRun> shipped() {
    const std::lock_guard lock(mutex_);
    return shipped_;
  }
  CommitQueue* queue = nullptr;

 private:
  const std::vector<PartitionId> held_;
  std::mutex mutex_;
  std::map<PartitionId, SetRun> last_;
  std::vector<SetRun> shipped_;
};

struct Replicated {
  explicit Replicated(std::vector<PartitionId> held, std::size_t most = limits::kMaxPendingCommits,
                      std::shared_ptr<const KeyRing> keys = {})
      : copies(std::move(held)) {
    StoreOptions options = options_for(directory.path());
    options.keys = std::move(keys);
    options.replicator = &copies;
    options.max_pending_commits = most;
    store = open_store(options);
    copies.queue = &store->commits();
  }
  void submit(ObservedCommit& commit) { store->commits().submit(&commit); }
  CommitQueue& queue() { return store->commits(); }

  TemporaryDirectory directory;
  SlowCopies copies;
  std::unique_ptr<Store> store;
};

}  // namespace

TEST_CASE("a partition that waits for copies holds up no other, and keeps its own order") {
  Replicated node({1, 2});
  std::vector<ObservedCommit*> order;
  ObservedCommit first(1, "a", "1"), second(1, "b", "2"), barrier, refused(1, "x", "1"), other(2, "c", "3"),
      free(3, "d", "4");
  barrier.partition = 1;
  refused.writes[0].key.append(600, 'k');
  for (ObservedCommit* one : {&first, &second, &barrier, &refused, &other, &free}) {
    one->order = &order;
    node.submit(*one);
  }

  CHECK_FALSE(free.wait());
  node.copies.wait_for(2, 1);
  node.copies.wait_for(1, 2);
  CHECK(first.times_ended() + second.times_ended() + barrier.times_ended() + refused.times_ended() == 0);
  CHECK_FALSE(node.queue().at_rest());
  CHECK(node.queue().pending() == 5);
  node.queue().replicated(2, 1);
  CHECK_FALSE(other.wait());
  node.queue().replicated(1, 1);
  CHECK_FALSE(first.wait());
  node.queue().replicated(1, 2);

  CHECK(refused.wait()->kind() == ErrorKind::invalid);
  CHECK(order == std::vector<ObservedCommit*>{&free, &other, &first, &second, &barrier, &refused});
}

TEST_CASE("a fence fails one partition's commits of earlier epochs, waiting and coming, and no others") {
  Replicated node({1, 2});
  ObservedCommit waits(1, "a", "1"), behind, other(2, "b", "2"), late(1, "c", "3"), anew(1, "d", "4");
  behind.partition = 1;
  anew.epoch = 5;
  for (ObservedCommit* one : {&waits, &behind, &other}) node.submit(*one);
  node.copies.wait_for(1, 1);
  node.copies.wait_for(2, 1);

  node.queue().fence(1, 5);
  CHECK(waits.wait()->kind() == ErrorKind::unknown_outcome);
  CHECK(behind.wait()->kind() == ErrorKind::unknown_outcome);
  node.submit(late);
  expect(*late.wait(), ErrorKind::unavailable, "epoch 0 of partition 1, which is in epoch 5");
  CHECK(value_of(*node.store, 1, "c") == std::nullopt);
  node.submit(anew);
  node.copies.wait_for(1, 2);
  CHECK(node.copies.last(1).epoch == 5);
  node.queue().replicated(1, 2);
  CHECK_FALSE(anew.wait());

  CHECK(other.times_ended() == 0);
  CHECK(node.queue().failure() == nullptr);
  node.queue().replicated(2, 1);
  CHECK_FALSE(other.wait());
}

TEST_CASE("a partition that waits is bounded, and its commits do not fill the queue for others") {
  Replicated node({1}, 2);
  ObservedCommit one(1, "a", "1"), two(1, "b", "2"), three(1, "c", "3"), other(3, "d", "4");
  node.submit(one);
  node.submit(two);
  node.copies.wait_for(1, 2);

  node.submit(three);
  CHECK(node.queue().try_submit(&other));
  CHECK_FALSE(other.wait());
  node.queue().replicated(1, 2);

  expect(*three.wait(), ErrorKind::unavailable, "waits for its copies");
  CHECK_FALSE(two.wait());
}

TEST_CASE("stopping ends what waits for copies as unknown, and what is on this disk stays") {
  Replicated node({1});
  ObservedCommit waits(1, "a", "1");
  node.submit(waits);

  node.store->stop();

  CHECK(waits.wait()->kind() == ErrorKind::unknown_outcome);
  CHECK(value_of(*node.store, 1, "a") == "1");
}

TEST_CASE("what is shipped is every write set once, in clear, with its numbers, also of what no log holds") {
  Replicated node({}, limits::kMaxPendingCommits, ring(kOne));
  ObservedCommit one(1, "a", kSecret), two(1, "b", "2"), large;
  large.partition = 1;
  for (int i = 0; i < 40; ++i) large.put("large" + std::to_string(i), std::string(60'000, 'x'));  // the log has 2 MiB
  for (ObservedCommit* commit : {&one, &two, &large}) {
    node.submit(*commit);
    REQUIRE_FALSE(commit->wait());
  }

  const auto shipped = node.copies.shipped();
  std::map<std::string, std::string> rows;
  std::uint64_t next = 1;
  for (const SetRun& run : shipped) {
    CHECK(run.first == next);
    next = run.last + 1;
    parse_run(run).value().for_each([&](const LoggedWrite& write) {
      rows[std::string(write.key)] = text_of({write.value->begin(), write.value->end()});
    });
  }
  CHECK(next == 4);
  CHECK(rows.size() == 42);
  CHECK(rows[actor_key(1, 7, "a")] == kSecret);
  CHECK(value_of(*node.store, 1, "a") == kSecret);
  CHECK_FALSE(on_disk(node.directory.path(), kSecret));
}

TEST_CASE("a commit of an epoch that has not begun is refused, as one of an epoch that is over") {
  Replicated node({});
  ObservedCommit early(1, "a", "1");
  early.epoch = 3;
  node.submit(early);
  expect(*early.wait(), ErrorKind::unavailable, "epoch 3 of partition 1, which is in epoch 0");
  CHECK(node.copies.shipped().empty());
}

TEST_CASE("what the disk refuses after it was shipped is never said to be on it") {
  struct Refusing final : DiskFaults {
    int before(DiskWrite write) noexcept override { return write == DiskWrite::log ? EIO : 0; }
  };
  Refusing faults;
  TemporaryDirectory directory;
  SlowCopies copies({});
  StoreOptions options = options_for(directory.path());
  options.faults = &faults;
  options.replicator = &copies;
  auto store = open_store(options);
  copies.queue = &store->commits();

  CHECK(commit(*store, 1, "a", "1")->kind() == ErrorKind::unknown_outcome);

  CHECK(copies.shipped().size() == 1);
  CHECK(copies.last(1).last == 0);
  CHECK(store->commits().sequence(1) == 0);
}

#include "store/commit_queue.h"

#include <doctest/doctest.h>

#include <thread>

#include "held_commit.h"
#include "store_fixture.h"

using namespace troupe;
using namespace troupe::store;

TEST_CASE("a durable commit can be read") {
  TemporaryDirectory directory;
  auto store = open_store(options_for(directory.path()));

  CHECK_FALSE(commit(*store, 3, "sku-1", "on hand 5"));

  CHECK(value_of(*store, 3, "sku-1") == "on hand 5");
  CHECK(value_of(*store, 3, "sku-2") == std::nullopt);
}

TEST_CASE("commits end in the order they were submitted, barriers and refused ones among them") {
  TemporaryDirectory directory;
  auto store = open_store(options_for(directory.path()));
  std::vector<ObservedCommit*> order, expected;
  std::vector<std::unique_ptr<ObservedCommit>> commits;
  HeldQueue queue(*store);

  for (int n = 0; n < 300; ++n) {
    auto& one = commits.emplace_back(std::make_unique<ObservedCommit>());
    one->partition = static_cast<PartitionId>(n % 5);
    if (n % 3 == 0) one->put("k", std::to_string(n));
    if (n % 7 == 0) one->writes.push_back({.key = "", .value = {}});
    one->order = &order;
    expected.push_back(one.get());
    store->commits().submit(one.get());
  }
  queue.release();
  store->stop();

  CHECK(order == expected);
  for (int n = 0; n < 300; ++n) CHECK(commits[n]->wait().has_value() == (n % 7 == 0));
}

TEST_CASE("commits and barriers of another epoch than their partition's are refused, and others go on") {
  TemporaryDirectory directory;
  auto store = open_store(options_for(directory.path()));
  CommitQueue& queue = store->commits();
  CHECK(queue.epoch(1) == 0);
  queue.fence(1, 5);
  queue.fence(1, 4);            // it has come further
  queue.fence(kPartitions, 9);  // there is none
  CHECK(queue.epoch(1) == 5);
  CHECK(queue.epoch(kPartitions) == 0);

  ObservedCommit before(1, "a", "1"), present(1, "b", "2"), ahead(1, "c", "3"), other(2, "d", "4"), barrier;
  present.epoch = 5;
  ahead.epoch = 6;
  barrier.partition = 1;
  for (ObservedCommit* one : {&before, &present, &ahead, &other, &barrier}) queue.submit(one);

  expect(*before.wait(), ErrorKind::unavailable, "epoch 0 of partition 1, which is in epoch 5");
  expect(*ahead.wait(), ErrorKind::unavailable, "epoch 6 of partition 1, which is in epoch 5");
  CHECK(barrier.wait()->kind() == ErrorKind::unavailable);
  CHECK_FALSE(present.wait());
  CHECK_FALSE(other.wait());
  CHECK(value_of(*store, 1, "a") == std::nullopt);
  CHECK(value_of(*store, 1, "b") == "2");
  CHECK(value_of(*store, 1, "c") == std::nullopt);
}

TEST_CASE("what gathers during a commit shares one transaction") {
  TemporaryDirectory directory;
  auto store = open_store(options_for(directory.path()));
  HeldQueue queue(*store);
  std::vector<std::unique_ptr<ObservedCommit>> commits;
  for (int n = 0; n < 64; ++n)
    store->commits().submit(commits.emplace_back(std::make_unique<ObservedCommit>(1, std::to_string(n), "v")).get());
  CHECK(store->commits().pending() == 64);

  queue.release();
  commits.back()->wait();

  const CommitStats stats = store->commits().stats();
  CHECK(stats.transactions == 2);
  CHECK(stats.write_sets == 65);
  CHECK(stats.last_batch == 64);
}

TEST_CASE("a barrier completes after all before it and costs no transaction") {
  TemporaryDirectory directory;
  auto store = open_store(options_for(directory.path()));
  ObservedCommit write(4, "a", "1"), barrier;
  barrier.partition = 4;
  std::vector<ObservedCommit*> order;
  write.order = barrier.order = &order;

  store->commits().submit(&write);
  store->commits().submit(&barrier);
  CHECK_FALSE(barrier.wait());

  CHECK(order == std::vector<ObservedCommit*>{&write, &barrier});
  CHECK(barrier.sequence == write.sequence);
  CHECK(store->commits().stats().transactions == 1);
  CHECK(store->commits().stats().barriers == 1);
}

TEST_CASE("every partition numbers its commits, across restarts") {
  TemporaryDirectory directory;
  {
    auto store = open_store(options_for(directory.path()));
    ObservedCommit first(1, "a", "1"), second(1, "b", "2"), other(200, "c", "3");
    for (ObservedCommit* one : {&first, &second, &other}) store->commits().submit(one);
    other.wait();
    CHECK(first.sequence == 1);
    CHECK(second.sequence == 2);
    CHECK(other.sequence == 1);
  }

  auto store = open_store(options_for(directory.path()));
  ObservedCommit third(1, "a", "4");
  store->commits().submit(&third);
  CHECK_FALSE(third.wait());

  CHECK(third.sequence == 3);
  CHECK(store->commits().sequence(1) == 3);
  CHECK(store->sequences().value()[1] == 3);
  CHECK(store->sequences().value()[200] == 1);
  CHECK(store->sequences().value()[7] == 0);
}

TEST_CASE("a write set that can never be stored fails alone") {
  TemporaryDirectory directory;
  auto store = open_store(options_for(directory.path()));
  ObservedCommit before(1, "before", "1"), long_key(1, "x", "1"), foreign(1, "x", "1"), nowhere(1, "x", "1"),
      after(1, "after", "1");
  long_key.put("kept out", "1");
  long_key.writes[0].key.append(600, 'k');
  foreign.partition = 2;
  nowhere.partition = kPartitions;
  HeldQueue queue(*store);

  for (ObservedCommit* one : {&before, &long_key, &foreign, &nowhere, &after}) store->commits().submit(one);
  queue.release();

  CHECK_FALSE(after.wait());
  CHECK_FALSE(before.wait());
  for (ObservedCommit* one : {&long_key, &foreign, &nowhere}) CHECK(one->wait()->kind() == ErrorKind::invalid);
  CHECK(value_of(*store, 1, "kept out") == std::nullopt);
  CHECK(value_of(*store, 1, "after") == "1");
  CHECK(after.sequence == 2);
  CHECK(store->commits().stats().refused == 3);
  CHECK(store->commits().failure() == nullptr);
}

TEST_CASE("a record over the limit is refused by its size") {
  TemporaryDirectory directory;
  auto store = open_store(options_for(directory.path()));
  ObservedCommit large(1, "x", "");
  large.writes[0].value = value_of(std::vector<std::byte>(limits::kMaxRecordBytes + 1));

  store->commits().submit(&large);

  CHECK(large.wait()->kind() == ErrorKind::invalid);
}

TEST_CASE("what was decided on a refused commit is not stored either, and no barrier behind it is let through") {
  TemporaryDirectory directory;
  auto store = open_store(options_for(directory.path()));
  std::atomic<std::uint32_t> ages{0};
  ObservedCommit before(1, "a", "1"), refused(1, "a", "2"), after(1, "a", "3"), barrier, others(1, "b", "1");
  ObservedCommit anew(1, "a", "4");
  refused.writes[0].key.append(600, 'k');
  for (ObservedCommit* one : {&before, &refused, &after, &barrier, &anew}) one->ages = &ages;
  anew.age = 1;
  HeldQueue queue(*store);

  for (ObservedCommit* one : {&before, &refused, &after, &barrier, &others}) store->commits().submit(one);
  queue.release();

  CHECK_FALSE(before.wait());
  CHECK(refused.wait()->kind() == ErrorKind::invalid);
  CHECK(after.wait()->kind() == ErrorKind::unavailable);
  CHECK(barrier.wait()->kind() == ErrorKind::unavailable);
  CHECK_FALSE(others.wait());
  CHECK(value_of(*store, 1, "a") == "1");
  store->commits().submit(&anew);
  CHECK_FALSE(anew.wait());
  CHECK(value_of(*store, 1, "a") == "4");
}

TEST_CASE("in one write set the later write of a key wins, and erasing what is not there is no failure") {
  TemporaryDirectory directory;
  auto store = open_store(options_for(directory.path()));
  ObservedCommit first(1, "a", "old"), second(1, "b", "1");
  first.put("a", "new");
  second.erase("a").erase("never there");

  store->commits().submit(&first);
  CHECK_FALSE(first.wait());
  CHECK(value_of(*store, 1, "a") == "new");

  store->commits().submit(&second);
  CHECK_FALSE(second.wait());
  CHECK(value_of(*store, 1, "a") == std::nullopt);
  CHECK(value_of(*store, 1, "b") == "1");
}

TEST_CASE("a full queue refuses at once and touches nothing") {
  TemporaryDirectory directory;
  StoreOptions options = options_for(directory.path());
  options.max_pending_commits = 2;
  auto store = open_store(options);
  ObservedCommit first(1, "a", "1"), second(1, "b", "2"), third(1, "c", "3");
  HeldQueue queue(*store);

  CHECK(store->commits().try_submit(&first));
  CHECK(store->commits().try_submit(&second));
  CHECK(store->commits().full());
  CHECK_FALSE(store->commits().try_submit(&third));

  queue.release();
  CHECK_FALSE(second.wait());
  CHECK(third.times_ended() == 0);
}

TEST_CASE("stopping completes what was submitted and refuses what comes later") {
  TemporaryDirectory directory;
  auto store = open_store(options_for(directory.path()));
  std::vector<std::unique_ptr<ObservedCommit>> commits;
  for (int n = 0; n < 500; ++n)
    store->commits().submit(commits.emplace_back(std::make_unique<ObservedCommit>(1, std::to_string(n), "v")).get());

  store->stop();

  for (auto& one : commits) {
    CHECK(one->times_ended() == 1);
    CHECK_FALSE(one->wait());
  }
  CHECK(commit(*store, 1, "late", "x")->kind() == ErrorKind::unavailable);
  CHECK(value_of(*store, 1, "499") == "v");
}

TEST_CASE("many threads submit at once and every commit ends once") {
  TemporaryDirectory directory;
  StoreOptions options = options_for(directory.path());
  options.sync = false;
  auto store = open_store(options);
  constexpr int kThreads = 4, kEach = 1000;
  std::vector<std::unique_ptr<ObservedCommit>> commits(kThreads * kEach);
  for (int n = 0; n < kThreads * kEach; ++n)
    commits[n] = std::make_unique<ObservedCommit>(static_cast<PartitionId>(n % kPartitions), std::to_string(n), "v");

  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      for (int n = 0; n < kEach; ++n) {
        store->commits().submit(commits[t * kEach + n].get());
        if (n % 100 == 0) commits[t * kEach + n]->wait();
      }
    });
  for (std::thread& thread : threads) thread.join();
  store->stop();

  for (auto& one : commits) CHECK((one->times_ended() == 1 && !one->wait()));
  CHECK(store->stats()->records == kThreads * kEach);
  CHECK(store->commits().pending() == 0);
}

#include "store/teller.h"

#include <doctest/doctest.h>

#include <array>
#include <cerrno>
#include <thread>

#include "held_commit.h"
#include "store/disk_faults.h"
#include "store_fixture.h"

using namespace troupe;
using namespace troupe::store;

namespace {

class ThreadCommit final : public ObservedCommit {
 public:
  using ObservedCommit::ObservedCommit;
  void durable() noexcept override {
    told_on = std::this_thread::get_id();
    ObservedCommit::durable();
  }
  std::thread::id told_on;
};

template <std::size_t kCount>
std::vector<Ended> all_of(std::array<ThreadCommit, kCount>& commits) {
  std::vector<Ended> ended;
  for (auto& one : commits) ended.push_back({&one, {}});
  return ended;
}

void tell(Teller& teller, const std::vector<Ended>& ended) {
  teller.expect(ended.size());
  teller.tell(ended);
}

// Holds the teller's own thread: a batch of more than a few, of which the first does not let go.
class HeldTeller {
 public:
  explicit HeldTeller(Store& store, std::vector<ObservedCommit*>* order = nullptr) {
    HeldQueue queue(store);
    held_.order = order;
    store.commits().submit(&held_);
    for (auto& one : others_) {
      one.partition = 2;
      one.order = order;
      store.commits().submit(&one);
    }
    queue.release();
    held_.wait_until_holding();
  }
  ~HeldTeller() { release(); }
  void release() { held_.release(); }
  [[nodiscard]] std::vector<ObservedCommit*> commits() {
    std::vector<ObservedCommit*> all{&held_};
    for (auto& one : others_) all.push_back(&one);
    return all;
  }

 private:
  HeldCommit held_{2, "held", "x"};
  std::array<ObservedCommit, Teller::kFew> others_;
};

void wait_for(const Store& store, PartitionId partition, std::string_view key) {
  while (!value_of(store, partition, key)) std::this_thread::yield();
}

class NoMoreLog final : public DiskFaults {
 public:
  int before(DiskWrite write) noexcept override { return full && write == DiskWrite::log ? ENOSPC : 0; }
  std::atomic<bool> full{false};
};

}  // namespace

TEST_CASE("a few commits are told on the thread that asks, more on the teller's") {
  Teller teller;
  std::array<ThreadCommit, Teller::kFew> few;
  std::array<ThreadCommit, Teller::kFew + 1> many;

  tell(teller, all_of(few));
  for (const auto& one : few) CHECK(one.told_on == std::this_thread::get_id());

  tell(teller, all_of(many));
  teller.finish();
  for (const auto& one : many) CHECK((one.times_ended() == 1 && one.told_on != std::this_thread::get_id()));
  CHECK(teller.at_rest());
}

TEST_CASE("while a batch is told the next one is written, and it is told after it") {
  TemporaryDirectory directory;
  auto store = open_store(options_for(directory.path()));
  std::vector<ObservedCommit*> order;
  HeldTeller teller(*store, &order);
  ObservedCommit next(1, "next", "1"), barrier;
  next.order = barrier.order = &order;

  store->commits().submit(&next);
  wait_for(*store, 1, "next");
  store->commits().submit(&barrier);

  CHECK(next.times_ended() == 0);
  CHECK(store->commits().pending() == Teller::kFew + 2);
  CHECK_FALSE(store->commits().at_rest());
  teller.release();
  CHECK_FALSE(barrier.wait());
  auto expected = teller.commits();
  expected.insert(expected.end(), {&next, &barrier});
  CHECK(order == expected);
}

TEST_CASE("commits that wait to be told count against the queue's bound") {
  TemporaryDirectory directory;
  StoreOptions options = options_for(directory.path());
  options.max_pending_commits = Teller::kFew + 1;
  auto store = open_store(options);
  HeldTeller teller(*store);
  ObservedCommit one(1, "one", "1"), another(1, "another", "1");

  CHECK(store->commits().try_submit(&one));
  wait_for(*store, 1, "one");
  CHECK_FALSE(store->commits().try_submit(&another));

  teller.release();
  CHECK_FALSE(one.wait());
}

TEST_CASE("a disk that fails does not overtake what is on it already") {
  TemporaryDirectory directory;
  StoreOptions options = options_for(directory.path());
  NoMoreLog faults;
  options.faults = &faults;
  auto store = open_store(options);
  std::vector<ObservedCommit*> order;
  HeldTeller teller(*store, &order);
  ObservedCommit lost(1, "lost", "1"), later(1, "later", "1");
  lost.order = later.order = &order;

  faults.full = true;
  for (ObservedCommit* one : {&lost, &later}) store->commits().submit(one);
  while (store->commits().failure() == nullptr) std::this_thread::yield();
  CHECK(order.empty());
  teller.release();

  CHECK(lost.wait()->kind() == ErrorKind::unknown_outcome);
  CHECK(later.wait().has_value());
  auto expected = teller.commits();
  expected.insert(expected.end(), {&lost, &later});
  CHECK(order == expected);
  for (ObservedCommit* one : teller.commits()) CHECK_FALSE(one->wait());
}

TEST_CASE("stopping waits until all are told, and refuses nothing before that") {
  TemporaryDirectory directory;
  auto store = open_store(options_for(directory.path()));
  std::vector<ObservedCommit*> order;
  HeldTeller teller(*store, &order);
  std::vector<std::unique_ptr<ObservedCommit>> late(500);

  std::thread stopping([&] { store->stop(); });
  for (auto& one : late) {
    one = std::make_unique<ObservedCommit>(2, "late", "1");
    one->order = &order;
    store->commits().submit(one.get());
    std::this_thread::yield();
  }
  CHECK(order.empty());
  teller.release();
  stopping.join();

  CHECK(order.size() == Teller::kFew + 1 + late.size());
  CHECK(store->commits().at_rest());
}

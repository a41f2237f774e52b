// A partition goes from one store to another, without nodes and links: what is said goes straight to the other side.
#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "store/awaited_commit.h"
#include "store/format/keys.h"
#include "store/partition_marks.h"
#include "support/scratch_directory.h"
#include "transfer/giving.h"
#include "transfer/taking.h"
#include "troupe/testing.h"

using namespace troupe;
using namespace troupe::transfer;
using troupe::testing::eventually;
using namespace std::chrono_literals;

namespace {

constexpr PartitionId kPartition = 7;
constexpr Epoch kEpoch = 3;
constexpr net::PeerId kGiver = 1, kTaker = 2;

std::string key_of(int number) { return store::actor_key(kPartition, 42, "k" + std::to_string(number)); }

struct Allowed final : TakingRules {
  std::optional<std::string> why_not(net::PeerId, PartitionId, Epoch) override { return refuses; }
  void leads(net::PeerId, PartitionId, Epoch) override { led.set_value(); }
  bool is_over(PartitionId, Epoch) override { return ++asked, over; }
  void reached(net::PeerId) noexcept override {}
  std::atomic<bool> over{false};
  std::atomic<int> asked{0};
  std::optional<std::string> refuses;
  std::promise<void> led;
};

// Both sides' in one: a giver says what it was told to, and a taker refuses what it was told to.
struct Told final : PartitionSchemas {
  Result<std::string> seen_in(PartitionId) override { return seen; }
  Result<void> take(std::string_view other) override {
    taken = other;
    if (other != refuses) return {};
    return Error(ErrorKind::refused, kSchemasRefused, "no room for a note");
  }
  std::string seen = "some", refuses, taken;
};

class Stores {
 public:
  Stores() : from_(open("from")), to_(open("to")) {
    from_->commits().fence(kPartition, kEpoch);
    taking_ = std::make_unique<Taking>(
        *to_, time_, rules, [this](net::PeerId, const TransferMessage& message) { answer(message); }, LogSink(),
        &schemas);
    giving_ = std::make_unique<Giving>(
        *from_, kPartition, kEpoch, 1, pace_,
        [this](const TransferMessage& message) {
          said.push_back(message);
          if (change) change(said.back());
          return taking_->hear(kGiver, said.back(), 0);
        },
        &schemas);
  }
  ~Stores() {
    taking_.reset();
    to_->stop();
    from_->stop();
  }
  void write(int number, std::size_t bytes) {
    store::AwaitedCommit commit;
    commit.partition = kPartition;
    commit.epoch = kEpoch;
    commit.writes = {{.key = key_of(number), .value = store::value_of(std::vector<std::byte>(bytes, std::byte{1}))}};
    REQUIRE(commit.through(from_->commits()).ok());
  }
  [[nodiscard]] Giving& giving() { return *giving_; }
  [[nodiscard]] Taking& taking() { return *taking_; }
  [[nodiscard]] store::Store& to() { return *to_; }
  [[nodiscard]] static std::map<std::string, std::vector<std::byte>> rows(const store::Store& store) {
    std::map<std::string, std::vector<std::byte>> out;
    REQUIRE(store
                .for_each(store::partition_range(kPartition),
                          [&](const store::Record& record) {
                            if (record.key != store::partition_key(kPartition)) out[record.key] = record.value;
                            return true;
                          })
                .ok());
    return out;
  }
  void await_nothing_taken() {
    CHECK(eventually([&] { return !store::mark_of(*to_, kPartition).value().has_value(); }, 10s));
    CHECK(rows(*to_).empty());
  }
  // The taker has acted on all that it heard before.
  void let_it_act() {
    rules.led = {};
    REQUIRE(taking_->hear(kGiver, {kPartition, kEpoch, 99, Lead{}}, 0).ok());
    rules.led.get_future().wait();
  }
  void check_equal() { CHECK(rows(*from_) == rows(*to_)); }

  Allowed rules;
  Told schemas;
  std::function<void(TransferMessage&)> change;  // what a test does to what is said
  std::vector<TransferMessage> said;

 private:
  std::unique_ptr<store::Store> open(const std::string& name) {
    return store::Store::open({.directory = directory_.path() / name, .cluster = "c", .node = name, .sync = false})
        .value();
  }
  void answer(const TransferMessage& message) { giving_->hear(message.word); }

  testing::ScratchDirectory directory_;
  std::unique_ptr<store::Store> from_, to_;
  NodeTime time_{system_clock()};
  transfer::Pace pace_{0};
  std::unique_ptr<Giving> giving_;
  std::unique_ptr<Taking> taking_;
};

}  // namespace

TEST_CASE("the taker has what was there, what was committed meanwhile, and all that was committed last, however much") {
  Stores stores;
  for (int i = 0; i < 1'500; ++i) stores.write(i, 100);
  REQUIRE(stores.giving().copy().ok());
  for (int i = 0; i < 40; ++i) stores.write(i, 100'000);  // more than goes in one message, or counts as nearly all

  REQUIRE(stores.giving().finish(123'456'789'000).ok());

  stores.check_equal();
  const auto mark = store::mark_of(stores.to(), kPartition).value();
  REQUIRE(mark.has_value());
  CHECK(mark->state == store::PartitionMark::State::whole);
  CHECK(mark->epoch == kEpoch);
  stores.giving().say_lead(kEpoch + 1);
  CHECK(stores.rules.led.get_future().wait_for(std::chrono::seconds(10)) == std::future_status::ready);
}

TEST_CASE("what the taker had of the partition before is gone, and a try that is cut short leaves no whole mark") {
  Stores stores;
  stores.write(1, 10);
  REQUIRE(stores.giving().copy().ok());
  CHECK(store::mark_of(stores.to(), kPartition).value()->state == store::PartitionMark::State::taking);

  stores.giving().lose("the test ends it");
  const auto ended = stores.giving().finish(1);

  REQUIRE(!ended.ok());
  CHECK(ended.error().message().find("the test ends it") != std::string::npos);
  CHECK(store::mark_of(stores.to(), kPartition).value()->state == store::PartitionMark::State::taking);
}

TEST_CASE("a taker that is not to have it says why, and nothing of it changes") {
  Stores stores;
  stores.rules.refuses = "it is another's";
  stores.write(1, 10);

  const auto copied = stores.giving().copy();

  REQUIRE(!copied.ok());
  CHECK(copied.error().message().find("it is another's") != std::string::npos);
  CHECK(Stores::rows(stores.to()).empty());
  CHECK(!store::mark_of(stores.to(), kPartition).value().has_value());
}

TEST_CASE("write sets that came damaged, or without the one before, are refused") {
  Stores stores;
  stores.write(1, 10);
  REQUIRE(stores.giving().copy().ok());
  for (int number = 2; number <= 4; ++number) stores.write(number, 10);
  std::string wanted;
  SUBCASE("damaged") {
    wanted = "came damaged";
    stores.change = [](TransferMessage& message) {
      if (auto* sets = std::get_if<Sets>(&message.word)) sets->frame[60] ^= std::byte{1};
    };
  }
  SUBCASE("one is missing") {
    wanted = "does not follow";
    stores.change = [count = 0](TransferMessage& message) mutable {
      if (std::holds_alternative<Sets>(message.word) && ++count == 2) message.move = 99;  // of no try
    };
  }

  const auto ended = stores.giving().finish(1);

  REQUIRE(!ended.ok());
  CHECK(ended.error().message().find(wanted) != std::string::npos);
  stores.await_nothing_taken();
}

TEST_CASE("what came of a try that was given up is erased") {
  Stores stores;
  stores.write(1, 10);
  REQUIRE(stores.giving().copy().ok());
  REQUIRE(Stores::rows(stores.to()).size() == 1);
  SUBCASE("its giver says so") { stores.giving().say_given_up("the test ends it"); }
  SUBCASE("the link to its giver is lost") { stores.taking().lose(kGiver); }

  stores.await_nothing_taken();
}

TEST_CASE("what was taken whole and never led stays while it may be led here, and is erased when another leads it") {
  Stores stores;
  stores.write(1, 10);
  REQUIRE(stores.giving().copy().ok());
  REQUIRE(stores.giving().finish(1).ok());

  stores.giving().say_given_up("the test ends it");
  stores.taking().lose(kGiver);
  stores.taking().look_again();
  stores.taking().look_again();
  REQUIRE(eventually([&] { return stores.rules.asked > 0; }, 10s));
  stores.check_equal();

  SUBCASE("another leads it") {
    stores.rules.over = true;
    stores.taking().look_again();
    stores.await_nothing_taken();
  }
  SUBCASE("this node leads it, in a later epoch") {
    stores.to().commits().fence(kPartition, kEpoch + 1);
    stores.rules.over = true;
    stores.taking().look_again();
    stores.let_it_act();
    stores.check_equal();
  }
  SUBCASE("it was told to lead it") {
    stores.let_it_act();
    stores.rules.over = true;
    stores.taking().look_again();
    stores.let_it_act();
    stores.check_equal();
  }
}

TEST_CASE("words that belong to no try are passed over, and a peer that sends too much is cut") {
  Stores stores;
  for (const Word& word : {Word(Records{{{key_of(1), {}}}}), Word(Sets{}), Word(End{~0ull}), Word(Give{"why"})})
    CHECK(stores.taking().hear(kGiver, {kPartition, kEpoch, 1, word}, 8).ok());
  stores.write(1, 10);
  REQUIRE(stores.giving().copy().ok());  // in their order: those before are through

  CHECK(Stores::rows(stores.to()).size() == 1);
  CHECK(!stores.taking().hear(kGiver, {kPartition, kEpoch, 1, Begin{}}, kMostUnstoredBytes + 1).ok());
  stores.giving().hear(Stored{~0ull});  // more than was sent is what was sent
  CHECK(stores.giving().finish(1).ok());
}

TEST_CASE("what the giver's store has seen goes first, and a taker that may not have it refuses for good") {
  Stores stores;
  stores.write(1, 10);
  stores.schemas.refuses = "some";

  const auto copied = stores.giving().copy();

  REQUIRE(!copied.ok());
  CHECK(copied.error().code() == kSchemasRefused);
  CHECK(copied.error().message().find("no room for a note") != std::string::npos);
  CHECK(stores.schemas.taken == "some");
  CHECK(Stores::rows(stores.to()).empty());
  CHECK(!store::mark_of(stores.to(), kPartition).value().has_value());
}

TEST_CASE("a partition in which other schemas came up while it was copied is not given, and may be tried again") {
  Stores stores;
  stores.write(1, 10);
  REQUIRE(stores.giving().copy().ok());
  stores.schemas.seen = "others";

  const auto ended = stores.giving().finish(1);

  REQUIRE(!ended.ok());
  CHECK(ended.error().kind() == ErrorKind::unavailable);
  CHECK(ended.error().code().empty());
}

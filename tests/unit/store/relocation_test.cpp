// Partitions that go from one store to another: what arrives, what is left, and moves that were cut short.
#include "store/backup/relocation.h"

#include <doctest/doctest.h>

#include "store_fixture.h"

using namespace troupe;
using namespace troupe::store;

namespace {

PartitionSet set_of(std::initializer_list<std::size_t> numbers) {
  PartitionSet set;
  for (const std::size_t number : numbers) set.set(number);
  return set;
}

StoreOptions of_node(const TemporaryDirectory& directory, const std::string& node) {
  StoreOptions options = options_for(directory.path() / node);
  options.node = node;
  return options;
}

// Two stores; the first holds ten actors in each of the first three partitions.
struct Two {
  Two() {
    for (int n = 0; n < 30; ++n)
      REQUIRE_FALSE(commit(*one, static_cast<PartitionId>(n % 3), std::to_string(n), "value " + std::to_string(n)));
  }
  TemporaryDirectory directory;
  std::unique_ptr<Store> one = open_store(of_node(directory, "shop-1"));
  std::unique_ptr<Store> two = open_store(of_node(directory, "shop-2"));
};

std::uint64_t records_of(const Store& store) { return store.stats()->records; }

}  // namespace

TEST_CASE("partitions are copied whole, with the rows of their actors, and no others") {
  Two stores;
  const std::string row = row_key(KeyKind::table, {.partition = 1, .service = 7, .key = "1"}, "rest");
  ObservedCommit with_row;
  with_row.partition = 1;
  with_row.writes.push_back({.key = row, .value = value_of(bytes_of("a row"))});
  stores.one->commits().submit(&with_row);
  REQUIRE_FALSE(with_row.wait());

  REQUIRE(copy_partitions(*stores.one, *stores.two, set_of({1, 2, 200})).ok());

  CHECK(value_of(*stores.two, 1, "1") == "value 1");
  CHECK(value_of(*stores.two, 2, "29") == "value 29");
  CHECK(text_of(*stores.two->read(row).value()) == "a row");
  CHECK(records_of(*stores.two) == 21);
  CHECK(records_of(*stores.one) == 31);
}

TEST_CASE("who is answerable for a partition is remembered, and damage to that is found") {
  TemporaryDirectory directory;
  const PartitionSet some = set_of({0, 1, 7, 100, 255});

  auto never = read_owned(directory.path());
  REQUIRE(remember_owned(directory.path(), some).ok());
  auto once = read_owned(directory.path());
  REQUIRE(remember_owned(directory.path(), ~some).ok());
  auto twice = read_owned(directory.path());
  std::filesystem::resize_file(directory.path() / "owned.partitions", 40);
  auto damaged = read_owned(directory.path());

  CHECK_FALSE(never->has_value());
  CHECK(once.value() == some);
  CHECK(twice.value() == ~some);
  CHECK(damaged.error().kind() == ErrorKind::corrupt);
}

TEST_CASE("a move that was cut short is ended by the same again, wherever it stood") {
  Two stores;
  SUBCASE("some was copied and nothing dropped") {
    for (int n = 1; n < 15; n += 3)
      REQUIRE_FALSE(commit(*stores.two, 1, std::to_string(n), "value " + std::to_string(n)));
  }
  SUBCASE("all was copied and some dropped") {
    for (int n = 1; n < 30; n += 3)
      REQUIRE_FALSE(commit(*stores.two, 1, std::to_string(n), "value " + std::to_string(n)));
    ObservedCommit dropped;
    dropped.partition = 1;
    dropped.erase("1").erase("4");
    stores.one->commits().submit(&dropped);
    REQUIRE_FALSE(dropped.wait());
  }

  REQUIRE(copy_partitions(*stores.one, *stores.two, set_of({1})).ok());

  CHECK(records_of(*stores.two) == 10);
}

TEST_CASE("a store that is given partitions goes on with the later time, and says when it was given them") {
  Two stores;
  const std::string boot = boot_id();
  const auto counting = [&](Store& store, std::uint64_t now) {
    REQUIRE(store.keep_time({.boot = boot, .now = now}).ok());
  };
  const auto later = [&](Store& store) {
    NodeTime time(system_clock());
    time.resume(store.past_time()->value(), boot);
    return std::pair(time.now(), time.joined());
  };
  constexpr std::uint64_t kEarly = 1'000'000, kLate = 9'000'000'000'000;
  counting(*stores.one, kLate);
  SUBCASE("one that had no time has the other's, and there is nothing to doubt") {
    REQUIRE(copy_partitions(*stores.one, *stores.two, set_of({1})).ok());
    CHECK(later(*stores.two).second == 0);
  }
  SUBCASE("one that was behind") {
    counting(*stores.two, kEarly);
    REQUIRE(copy_partitions(*stores.one, *stores.two, set_of({1})).ok());
    CHECK(later(*stores.two).second >= kLate);
  }
  SUBCASE("one that was ahead") {
    counting(*stores.one, kEarly);
    counting(*stores.two, kLate);
    REQUIRE(copy_partitions(*stores.one, *stores.two, set_of({1})).ok());
    CHECK(later(*stores.two).second >= kLate);
  }

  CHECK(later(*stores.two).first >= kLate);
}

TEST_CASE("two stores that hold other things in one partition are left as they are") {
  Two stores;
  std::string key;
  SUBCASE("another value under one key") { key = "1"; }
  SUBCASE("another key") { key = "another"; }
  REQUIRE_FALSE(commit(*stores.two, 1, key, "somebody else's"));

  const auto moved = copy_partitions(*stores.one, *stores.two, set_of({1, 2}));

  REQUIRE_FALSE(moved.ok());
  CHECK(moved.error().kind() == ErrorKind::invalid);
  CHECK(moved.error().message().find("partition 1") != std::string::npos);
  CHECK(records_of(*stores.one) == 30);
  CHECK(records_of(*stores.two) == 1);
}

TEST_CASE("actors are counted once, whatever they keep, and partitions that hold nothing are none") {
  Two stores;
  ObservedCommit rows;
  rows.partition = 1;
  for (const char* key : {"1", "of no record"})
    for (const char* rest : {"a", "b"})
      rows.writes.push_back({.key = row_key(KeyKind::table, {.partition = 1, .service = 7, .key = key}, rest),
                             .value = value_of(bytes_of("a row"))});
  stores.one->commits().submit(&rows);
  REQUIRE_FALSE(rows.wait());

  auto held = holding_of(*stores.one, set_of({1, 7}));

  CHECK(held->actors == 11);
  CHECK(held->records == 14);
  CHECK(held->partitions == set_of({1}));
}

TEST_CASE("dropped partitions are gone and the others untouched, also after the store was opened again") {
  Two stores;

  REQUIRE(drop_partitions(*stores.one, set_of({0, 1})).ok());
  stores.one.reset();
  stores.one = open_store(of_node(stores.directory, "shop-1"));

  CHECK(records_of(*stores.one) == 10);
  CHECK(value_of(*stores.one, 2, "2") == "value 2");
}

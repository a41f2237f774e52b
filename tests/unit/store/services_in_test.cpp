// Which services have anything in a partition.
#include "store/services_in.h"

#include <doctest/doctest.h>

#include <limits>

#include "store/partition_marks.h"
#include "store_fixture.h"

using namespace troupe;
using namespace troupe::store;

namespace {

constexpr std::uint64_t kLast = std::numeric_limits<std::uint64_t>::max();

void put(Store& store, PartitionId partition, const std::string& key) {
  ObservedCommit commit;
  commit.partition = partition;
  commit.writes.push_back({.key = key, .value = value_of(bytes_of("a row"))});
  store.commits().submit(&commit);
  REQUIRE_FALSE(commit.wait());
}

}  // namespace

TEST_CASE(
    "services are found by any kind of row, those with the least and the greatest id too, and in their partition") {
  TemporaryDirectory directory;
  auto store = open_store(options_for(directory.path()));
  for (int n = 0; n < 50; ++n) put(*store, 3, actor_key(3, 7, "k" + std::to_string(n)));
  put(*store, 3, actor_key(3, 0, "k"));
  put(*store, 3, row_key(KeyKind::table, {.partition = 3, .service = kLast, .key = "k"}, "rest"));
  put(*store, 3, row_key(KeyKind::history, {.partition = 3, .service = 9, .key = "k"}, "rest"));
  put(*store, 4, row_key(KeyKind::outbox, {.partition = 4, .service = 11, .key = "k"}, "rest"));

  const auto three = services_in(*store, 3).value(), four = services_in(*store, 4).value();

  CHECK(three.services == std::set<std::uint64_t>{0, 7, 9, kLast});
  CHECK_FALSE(three.messages);
  CHECK(four.services == std::set<std::uint64_t>{11});
  CHECK(four.messages);
  CHECK(services_in(*store, 5)->services.empty());
  CHECK(services_in(*store)->services.size() == 5);
}

TEST_CASE("a partition of which the store has not all does not count") {
  TemporaryDirectory directory;
  auto store = open_store(options_for(directory.path()));
  put(*store, 3, actor_key(3, 7, "k"));
  store->commits().fence(3, 2);
  REQUIRE(put_mark(*store, 3, 2, {PartitionMark::State::taking, 2, 0}).ok());

  CHECK(services_in(*store)->services.empty());
  REQUIRE(put_mark(*store, 3, 2, {PartitionMark::State::whole, 2, 0}).ok());
  CHECK(services_in(*store)->services.size() == 1);
}

#include "store/format/keys.h"
#include "store/format/key_kinds.h"

#include <doctest/doctest.h>

#include "base/limits.h"

using namespace troupe;
using namespace troupe::store;

TEST_CASE("an actor key begins with its partition, then its kind, and reads back as it was") {
  const std::string key = actor_key(0x0102, 0xf00dfeedcafe0001, "sku-1");

  CHECK(key.substr(0, 3) == std::string("\x01\x02\x01", 3));
  const ActorKey parsed = parse_actor_key(key).value();
  CHECK(parsed.partition == 0x0102);
  CHECK(parsed.service == 0xf00dfeedcafe0001);
  CHECK(parsed.key == "sku-1");
}

TEST_CASE("an actor's key lies in the partition its service and key belong to") {
  CHECK(parse_actor_key(actor_key(42, "sku-1"))->partition == partition_of(42, "sku-1"));
}

TEST_CASE("the longest actor key fits the store") {
  const std::string key = actor_key(255, ~0ull, std::string(limits::kMaxActorKeyBytes, 'x'));

  CHECK(key.size() <= kMaxKeyBytes);
  CHECK(check_key(255, key).ok());
}

TEST_CASE("bytes that are no actor key are refused as corrupt") {
  std::string table_row = actor_key(1, 2, "a");
  table_row[2] = static_cast<char>(KeyKind::table);

  CHECK(parse_actor_key("").error().kind() == ErrorKind::corrupt);
  CHECK(parse_actor_key("short").error().kind() == ErrorKind::corrupt);
  CHECK(parse_actor_key(table_row).error().kind() == ErrorKind::corrupt);
  CHECK(parse_actor_key(std::string(511, '\1')).error().kind() == ErrorKind::corrupt);
}

TEST_CASE("ranges hold what belongs to them and nothing else") {
  const auto inside = [](const KeyRange& range, const std::string& key) {
    return range.first <= key && key < range.past;
  };

  const KeyRange partition = partition_range(255);
  CHECK(inside(partition, actor_key(255, 0, "")));
  CHECK(inside(partition, actor_key(255, ~0ull, std::string(256, '\xff'))));
  CHECK_FALSE(inside(partition, actor_key(254, ~0ull, "z")));
  CHECK_FALSE(inside(partition, actor_key(256, 0, "")));

  const KeyRange service = actors_of(3, 9);
  CHECK(inside(service, actor_key(3, 9, "z")));
  CHECK_FALSE(inside(service, actor_key(3, 10, "")));
  CHECK_FALSE(inside(service, actor_key(4, 9, "")));
  CHECK(inside(actors_of(3, ~0ull), actor_key(3, ~0ull, "\xff\xff")));
  CHECK(inside(partition_range(0xffff), actor_key(0xffff, 1, "a")));
}

TEST_CASE("a key of the wrong length or for another partition is refused") {
  CHECK(check_key(1, actor_key(2, 7, "a")).error().kind() == ErrorKind::invalid);
  CHECK(check_key(1, "").error().kind() == ErrorKind::invalid);
  CHECK(check_key(1, std::string("\0\1", 2) + std::string(510, 'x')).error().kind() == ErrorKind::invalid);
  CHECK(check_key(kPartitions, actor_key(kPartitions, 7, "a")).error().kind() == ErrorKind::invalid);
}

TEST_CASE("every kind of key has a name, an unfinished erasure too, and no other number has one") {
  for (int number = 0; number <= 0xff; ++number) {
    CAPTURE(number);
    const bool known = number >= static_cast<int>(KeyKind::actor) && number <= static_cast<int>(KeyKind::partition);
    const std::string key = std::string(2, '\0') + static_cast<char>(number) + std::string(20, '\0');

    CHECK(name_of(static_cast<KeyKind>(number)).empty() == !known);
    CHECK(key_kind(key).has_value() == known);
    CHECK(parse_row_key(key).ok() == begins_with_owner(static_cast<KeyKind>(number)));
  }
  CHECK(name_of(KeyKind::erasure) == "erasure");
  CHECK(name_of(KeyKind::partition) == "partition");
}

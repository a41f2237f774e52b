// Identities: stable where they must be, different where they must be.
#include "troupe/ids.h"

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <unordered_set>
#include <vector>

namespace troupe {
namespace {

TEST_CASE("a turn that runs again derives the same ids for its calls") {
  const RequestId turn{0x0123456789abcdefULL, 0xfedcba9876543210ULL};

  CHECK(turn.child(3) == turn.child(3));
  CHECK(turn.child(0) == RequestId(turn).child(0));
}

TEST_CASE("the calls of a tree of turns all have different ids") {
  const RequestId root{1, 2};
  std::unordered_set<RequestId> seen{root};

  for (std::uint64_t i = 0; i < 100; ++i) {
    const RequestId child = root.child(i);
    seen.insert(child);
    for (std::uint64_t j = 0; j < 100; ++j) seen.insert(child.child(j));
  }

  CHECK(seen.size() == 1 + 100 + 100 * 100);
}

TEST_CASE("an id reads as 32 hexadecimal digits, high half first") {
  CHECK(RequestId{0x0123456789abcdefULL, 0x1ULL}.text() == "0123456789abcdef0000000000000001");
  CHECK(RequestId{}.text() == std::string(32, '0'));
}

TEST_CASE("an id of zero counts as none") {
  CHECK_FALSE(RequestId{}.is_set());
  CHECK(RequestId{0, 1}.is_set());
  CHECK(RequestId{1, 0}.is_set());
}

TEST_CASE("the stable hash tells lengths, bytes and seeds apart") {
  const std::vector<std::string> keys = {"",  std::string(1, '\0'), std::string(8, '\0'), "a",
                                         "b", "abcdefgh",           "abcdefghi"};
  std::set<std::uint64_t> hashes;

  for (const auto& key : keys) {
    hashes.insert(stable_hash(key, 0));
    hashes.insert(stable_hash(key, 1));
  }

  CHECK(hashes.size() == 2 * keys.size());
}

TEST_CASE("partitions fill evenly") {
  std::vector<int> filled(kPartitions, 0);
  constexpr int kKeys = 256 * 200;

  for (int i = 0; i < kKeys; ++i) ++filled[partition_of(0xabcdef, "sku-" + std::to_string(i))];

  // 200 expected each, standard deviation 14: six deviations either way.
  for (int count : filled) {
    CHECK(count > 115);
    CHECK(count < 285);
  }
}

}  // namespace
}  // namespace troupe

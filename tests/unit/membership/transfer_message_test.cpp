// What nodes say to each other about a partition.
#include "transfer/transfer_message.h"

#include <doctest/doctest.h>

#include <random>

using namespace troupe;
using namespace troupe::transfer;

namespace {

std::vector<std::byte> bytes(std::size_t count) { return std::vector<std::byte>(count, std::byte{7}); }

TransferMessage through(const TransferMessage& message) { return decode(encode(message)).value(); }

}  // namespace

TEST_CASE("every word arrives as it was said") {
  const TransferMessage records{7, 9, 11,
                                Records{{{std::string("\0\7\1key", 6), bytes(3)}, {std::string(511, 'k'), {}}}}};
  const auto read = through(records);
  CHECK(read.partition == 7);
  CHECK(read.epoch == 9);
  CHECK(read.move == 11);
  const auto& list = std::get<Records>(read.word).records;
  REQUIRE(list.size() == 2);
  CHECK(list[0].key == std::string("\0\7\1key", 6));
  CHECK(list[0].value == bytes(3));
  CHECK(list[1].key.size() == 511);
  CHECK(list[1].value.empty());

  CHECK(std::get<Begin>(through({1, 1, 1, Begin{}}).word).schemas.empty());
  CHECK(std::get<Begin>(through({1, 1, 1, Begin{"{}"}}).word).schemas == "{}");
  CHECK(std::get<Sets>(through({1, 1, 1, Sets{bytes(100)}}).word).frame == bytes(100));
  CHECK(std::get<End>(through({1, 1, 1, End{~0ull}}).word).time_ms == ~0ull);
  CHECK(std::holds_alternative<Lead>(through({1, 1, 1, Lead{}}).word));
  CHECK(std::get<Give>(through({1, 1, 1, Give{"why"}}).word).why == "why");
  CHECK(std::holds_alternative<Ready>(through({1, 1, 1, Ready{}}).word));
  CHECK(std::get<Stored>(through({1, 1, 1, Stored{5}}).word).bytes == 5);
  CHECK(std::holds_alternative<Whole>(through({1, 1, 1, Whole{}}).word));
  CHECK(std::get<Refused>(through({1, 1, 1, Refused{"no"}}).word).why == "no");
  CHECK(!std::get<Refused>(through({1, 1, 1, Refused{"no"}}).word).by_schemas);
  CHECK(std::get<Refused>(through({1, 1, 1, Refused{"no", true}}).word).by_schemas);
}

TEST_CASE("a message about no partition, in no epoch, or with a key that cannot be, is refused") {
  CHECK(!decode(encode({kAllPartitions, 1, 1, Begin{}})).ok());
  CHECK(!decode(encode({1, 0, 1, Begin{}})).ok());
  CHECK(!decode(encode({1, kMaxEpoch + 1, 1, Begin{}})).ok());
  CHECK(!decode(encode({1, 1, 1, Records{{{std::string(512, 'k'), {}}}}})).ok());
  CHECK(!decode(encode({1, 1, 1, Records{{{"k", {}}}}})).ok());
  CHECK(!decode({}).ok());
}

TEST_CASE("bytes by chance, and whole messages with bits turned over, are read or refused") {
  std::mt19937_64 dice(1);
  auto whole = encode({7, 9, 11, Records{{{std::string(40, 'k'), bytes(90)}, {std::string(7, 'j'), bytes(8)}}}});
  for (int i = 0; i < 20'000; ++i) {
    auto turned = whole;
    for (int bits = 1 + static_cast<int>(dice() % 3); bits > 0; --bits)
      turned[dice() % turned.size()] ^= static_cast<char>(1 << dice() % 8);
    turned.resize(turned.size() - dice() % 3 * 8);
    (void)decode(turned);
    wire::Bytes noise(dice() % 64 * 8);
    for (char& byte : noise) byte = static_cast<char>(dice());
    (void)decode(noise);
  }
}

#include "store/log/log_frame.h"

#include <doctest/doctest.h>

#include <cstring>
#include <random>

#include "store/format/checksum.h"
#include "store_fixture.h"

using namespace troupe;
using namespace troupe::store;

namespace {

constexpr std::uint64_t kLog = 0x1234567890abcdefULL;

std::vector<std::byte> a_frame(std::uint64_t batch) {
  std::vector<Write> first = {{.key = "one", .value = value_of(bytes_of("1"))}, {.key = "gone", .value = {}}};
  std::vector<Write> second = {
      {.key = std::string(kMaxKeyBytes, 'k'), .value = value_of(bytes_of(std::string(100, 'v')))},
      {.key = "empty", .value = value_of({})}};
  const std::vector<NumberedSet> sets = {{3, 7, &first}, {255, 9, &second}};
  std::vector<std::byte> frame;
  encode_frame(kLog, batch, sets, frame);
  CHECK(frame.size() == frame_bytes(sets));
  return frame;
}

}  // namespace

TEST_CASE("a frame reads back as it was written") {
  const std::vector<std::byte> frame = a_frame(42);

  const auto view = parse_frame(frame, kLog);

  REQUIRE(view.has_value());
  CHECK(view->batch == 42);
  CHECK(view->bytes.size() == frame.size());
  std::vector<std::string> seen;
  view->for_each([&](const LoggedWrite& write) {
    seen.push_back(std::to_string(write.partition) + "/" + std::to_string(write.sequence) + " " +
                   std::string(write.key.substr(0, 5)) +
                   (write.value ? "=" + std::to_string(write.value->size()) : ""));
  });
  CHECK(seen == std::vector<std::string>{"3/7 one=1", "3/7 gone", "255/9 kkkkk=100", "255/9 empty=0"});
}

TEST_CASE("any bit that changes is found") {
  std::vector<std::byte> frame = a_frame(1);

  for (std::size_t bit = 0; bit < frame.size() * 8; ++bit) {
    frame[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    if (parse_frame(frame, kLog)) FAIL("bit " << bit << " is not missed");
    frame[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
  }
  CHECK(parse_frame(frame, kLog));
}

TEST_CASE("a frame that was cut off, or is another store's, is none") {
  const std::vector<std::byte> frame = a_frame(1);

  for (std::size_t length = 0; length < frame.size(); ++length)
    if (parse_frame(std::span(frame).first(length), kLog)) FAIL("cut to " << length);
  CHECK_FALSE(parse_frame(frame, kLog + 1));
  CHECK_FALSE(frame_begins(frame, kLog + 1));
  CHECK(frame_begins(frame, kLog) == 1);
}

TEST_CASE("bytes that carry a right checksum and lie about everything else are refused, never a crash") {
  const unsigned seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const std::vector<std::byte> good = a_frame(1);
  int taken = 0;

  for (int round = 0; round < 20'000; ++round) {
    std::vector<std::byte> forged = good;
    for (std::size_t changes = 1 + random() % 4; changes > 0; --changes) {
      const std::size_t at = 16 + random() % (forged.size() - 16);
      forged[at] = random() % 2 == 0 ? static_cast<std::byte>(0xff) : static_cast<std::byte>(random());
    }
    const std::uint64_t sum =
        checksum(std::span(forged).subspan(kFrameHeaderBytes), checksum(std::span(forged).first(40)));
    std::memcpy(forged.data() + 40, &sum, sizeof sum);
    if (const auto view = parse_frame(forged, kLog))
      view->for_each([&](const LoggedWrite& write) {
        taken += write.key.empty() || write.key.size() > kMaxKeyBytes || write.partition >= kPartitions;
      });
  }

  CHECK(taken == 0);
}

TEST_CASE("a checksum depends on every byte, on their order, on the length and on the seed") {
  std::vector<std::byte> bytes(200);
  const std::uint64_t plain = checksum(bytes);

  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = std::byte{1};
    CHECK(checksum(bytes) != plain);
    bytes[i] = std::byte{0};
  }
  CHECK(checksum(std::span(bytes).first(199)) != plain);
  CHECK(checksum(bytes, 1) != plain);
  bytes[0] = std::byte{1};
  const std::uint64_t front = checksum(bytes);
  std::swap(bytes[0], bytes[64]);
  CHECK(checksum(bytes) != front);
}

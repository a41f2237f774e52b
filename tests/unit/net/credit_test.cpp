// How much may be sent before more is granted, and when that is.
#include "net/credit.h"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::net;

TEST_CASE("a sender has what was granted, and no more than the most that it uses") {
  CHECK(SendCredit(1'000).left() == 1'000);
  CHECK(SendCredit(kMaxWindowBytes).left() == static_cast<std::int64_t>(kWindowBytes));
  CHECK(SendCredit(1'000, 300).left() == 300);
  CHECK_FALSE(SendCredit(0).any());
}

TEST_CASE("a sender with any credit sends a whole frame, and is below nothing by less than a frame") {
  SendCredit credit(1);
  REQUIRE(credit.any());

  credit.sent(limits::kMaxFrameBytes);

  CHECK_FALSE(credit.any());
  CHECK(credit.left() == 1 - static_cast<std::int64_t>(limits::kMaxFrameBytes));
  CHECK(credit.under_way() == static_cast<std::int64_t>(limits::kMaxFrameBytes));
}

TEST_CASE("what is granted anew is what was used, and not a byte more") {
  SendCredit credit(1'000);
  credit.sent(400);
  CHECK_FALSE(credit.granted(401));
  CHECK_FALSE(credit.granted(~std::uint64_t{0}));
  CHECK_FALSE(credit.granted(std::uint64_t{1} << 63));
  CHECK(credit.left() == 600);

  CHECK(credit.granted(150));
  CHECK(credit.granted(250));

  CHECK(credit.left() == 1'000);
  CHECK(credit.granted(0));
  CHECK_FALSE(credit.granted(1));
}

TEST_CASE("a receiver grants all that it took in once that is a quarter of the window") {
  ReceiveCredit credit(4'000);

  CHECK(credit.took_in(999) == 0);
  CHECK(credit.took_in(1) == 1'000);
  CHECK(credit.took_in(500) == 0);
  CHECK(credit.took_in(70'000) == 70'500);
  CHECK(credit.took_in(0) == 0);
}

TEST_CASE("a sender and a receiver with one window go on for ever") {
  SendCredit sender(kMinWindowBytes);
  ReceiveCredit receiver(kMinWindowBytes);
  std::uint64_t sent = 0;

  for (int i = 0; i < 10'000; ++i) {
    REQUIRE(sender.any());
    const std::size_t bytes = 8 + i * 7'919 % 70'000;
    sender.sent(bytes);
    sent += bytes;
    REQUIRE(sender.granted(receiver.took_in(bytes)));
  }

  CHECK(sent > 100 * kMinWindowBytes);
}

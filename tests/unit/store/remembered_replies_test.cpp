#include "store/format/remembered_replies.h"

#include <doctest/doctest.h>

#include "store_fixture.h"

using namespace troupe;
using namespace troupe::store;
using namespace std::chrono_literals;

namespace {

RequestId id(std::uint64_t number) { return {.hi = 77, .lo = number}; }

void remember(RememberedReplies& replies, std::uint64_t number, std::string_view payload, std::uint64_t now_ms,
              const ReplyRetention& retention = {}) {
  replies.remember(id(number), ReplyOutcome::results, bytes_of(payload), now_ms, retention);
}

std::string payload_of(const RememberedReply& reply) { return text_of({reply.payload.begin(), reply.payload.end()}); }

}  // namespace

TEST_CASE("a remembered reply is found by its id, with outcome, time and payload") {
  RememberedReplies replies;
  remember(replies, 1, "one", 1000);
  replies.remember(id(2), ReplyOutcome::refusal, bytes_of("out_of_stock"), 1001);

  const auto found = replies.find(id(2));

  REQUIRE(found);
  CHECK(found->outcome == ReplyOutcome::refusal);
  CHECK(found->committed_at_ms == 1001);
  CHECK(payload_of(*found) == "out_of_stock");
  CHECK(payload_of(*replies.find(id(1))) == "one");
  CHECK_FALSE(replies.find(id(3)));
}

TEST_CASE("an actor that remembers nothing costs 24 bytes") {
  CHECK(sizeof(RememberedReplies) == 24);
  CHECK(RememberedReplies().encoded().empty());
  CHECK(RememberedReplies().forgotten_until_ms() == 0);
}

TEST_CASE("payloads begin at a multiple of 8 bytes") {
  RememberedReplies replies;
  for (std::uint64_t n = 0; n < 5; ++n) remember(replies, n, std::string(n, 'x'), 1);

  for (std::uint64_t n = 0; n < 5; ++n) {
    const RememberedReply reply = *replies.find(id(n));
    CHECK(reinterpret_cast<std::uintptr_t>(reply.payload.data()) % 8 == 0);
    CHECK(payload_of(reply) == std::string(n, 'x'));
  }
}

TEST_CASE("past the count the oldest reply is forgotten, and when is known") {
  RememberedReplies replies;
  for (std::uint64_t n = 0; n < limits::kRepliesInRecord + 2; ++n) remember(replies, n, "payload", 1000 + n);

  CHECK(replies.count() == limits::kRepliesInRecord);
  CHECK_FALSE(replies.find(id(1)));
  CHECK(replies.find(id(2)));
  CHECK(replies.forgotten_until_ms() == 1001);
}

TEST_CASE("past their age replies are forgotten, by pruning and by remembering") {
  const ReplyRetention retention{.count = 10, .age = 100ms, .bytes = 1000};
  RememberedReplies replies;
  remember(replies, 1, "a", 1000, retention);
  remember(replies, 2, "b", 1050, retention);

  replies.prune(1100, retention);
  CHECK(replies.count() == 2);

  replies.prune(1101, retention);
  CHECK_FALSE(replies.find(id(1)));
  CHECK(replies.find(id(2)));
  CHECK(replies.forgotten_until_ms() == 1000);

  remember(replies, 3, "c", 5000, retention);
  CHECK(replies.count() == 1);
  CHECK(replies.forgotten_until_ms() == 1050);
}

TEST_CASE("past their bytes the oldest replies are forgotten, but the newest is kept whatever its size") {
  const ReplyRetention retention{.count = 10, .age = 1h, .bytes = 200};
  RememberedReplies replies;
  for (std::uint64_t n = 0; n < 3; ++n) remember(replies, n, std::string(32, 'x'), n, retention);
  CHECK(replies.count() == 3);
  CHECK(replies.bytes() == 192);

  remember(replies, 3, std::string(32, 'y'), 3, retention);
  CHECK(replies.count() == 3);
  CHECK_FALSE(replies.find(id(0)));

  remember(replies, 4, std::string(5 << 20, 'z'), 4, retention);
  CHECK(replies.count() == 1);
  CHECK(replies.find(id(4))->payload.size() == 5 << 20);
  CHECK(replies.forgotten_until_ms() == 3);

  remember(replies, 5, "small again", 5, retention);
  CHECK(replies.count() == 1);
  CHECK(payload_of(*replies.find(id(5))) == "small again");
}

TEST_CASE("what an earlier run of the node dated later than now is forgotten by now") {
  const ReplyRetention retention{.count = 2, .age = 1h, .bytes = 4096};
  RememberedReplies replies;
  for (std::uint64_t n = 0; n < 2; ++n) remember(replies, n, "x", 9'000'000, retention);

  remember(replies, 2, "y", 1'000, retention);
  CHECK(replies.forgotten_until_ms() == 1'000);
  replies.forgotten_by(900);

  CHECK(replies.forgotten_until_ms() == 900);
}

TEST_CASE("pruning everything gives the memory back and remembers until when") {
  RememberedReplies replies;
  remember(replies, 1, "a", 1000);

  replies.prune(1000 + 11 * 60 * 1000);

  CHECK(replies.count() == 0);
  CHECK(replies.bytes() == 0);
  CHECK(replies.forgotten_until_ms() == 1000);
}

TEST_CASE("encoded replies read back, and damaged ones are refused as corrupt") {
  RememberedReplies replies;
  remember(replies, 1, "one", 1000);
  remember(replies, 2, "twelve bytes", 1001);
  const std::vector<std::byte> encoded(replies.encoded().begin(), replies.encoded().end());

  const RememberedReplies back = RememberedReplies::parse(encoded, 2, 999).value();
  CHECK(payload_of(*back.find(id(2))) == "twelve bytes");
  CHECK(back.forgotten_until_ms() == 999);

  CHECK(RememberedReplies::parse(encoded, 1, 0).error().kind() == ErrorKind::corrupt);
  CHECK(RememberedReplies::parse(encoded, 3, 0).error().kind() == ErrorKind::corrupt);
  CHECK(RememberedReplies::parse(std::span(encoded).first(40), 1, 0).ok());
  CHECK(RememberedReplies::parse(std::span(encoded).first(48), 1, 0).error().kind() == ErrorKind::corrupt);
}

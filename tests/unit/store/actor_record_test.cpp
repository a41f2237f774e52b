#include "store/format/actor_record.h"

#include <doctest/doctest.h>

#include <random>

#include "store_fixture.h"

using namespace troupe;
using namespace troupe::store;

namespace {

RememberedReplies some_replies() {
  RememberedReplies replies;
  for (std::uint64_t n = 1; n <= limits::kRepliesInRecord + 3; ++n)
    replies.remember({.hi = 1, .lo = n}, n % 2 ? ReplyOutcome::results : ReplyOutcome::refusal,
                     bytes_of(std::string(n, 'p')), 1000 + n);
  return replies;
}

}  // namespace

TEST_CASE("an actor record reads back as it was written") {
  const std::vector<std::byte> state = bytes_of("sixteen bytes...");
  const RememberedReplies replies = some_replies();

  const std::vector<std::byte> record = encode(state, 0xabcdef, replies);

  const ActorRecordView view = ActorRecordView::parse(record).value();
  CHECK(view.state_type() == 0xabcdef);
  CHECK(text_of({view.state().begin(), view.state().end()}) == "sixteen bytes...");
  CHECK(reinterpret_cast<std::uintptr_t>(view.state().data()) % 8 == 0);
  CHECK(view.reply_count() == limits::kRepliesInRecord);
  CHECK(view.forgotten_until_ms() == 1003);
  const RememberedReplies back = view.remembered().value();
  CHECK(back.find({.hi = 1, .lo = limits::kRepliesInRecord - 1})->payload.size() == limits::kRepliesInRecord - 1);
  CHECK(encode(view.state(), view.state_type(), back) == record);
}

TEST_CASE("a record with neither state nor replies is its header") {
  const std::vector<std::byte> record = encode({}, 0, {});

  CHECK(record.size() == kActorRecordHeaderBytes);
  CHECK(ActorRecordView::parse(record).value().state().empty());
}

TEST_CASE("a record of a later version is refused as such") {
  std::vector<std::byte> record = encode({}, 0, {});
  record[0] = std::byte{kActorRecordVersion + 1};

  CHECK(ActorRecordView::parse(record).error().kind() == ErrorKind::unimplemented);
}

TEST_CASE("a record with any one bit flipped is refused") {
  const std::vector<std::byte> whole = encode(bytes_of("sixteen bytes..."), 3, some_replies());

  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::vector<std::byte> record = whole;
    record[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    if (ActorRecordView::parse(record).ok()) FAIL("bit " << bit << " of " << whole.size() * 8 << " may flip unseen");
  }
}

TEST_CASE("what an actor counts is part of its record") {
  const RecordMeta meta{.last_sent = 1, .edits = 1ull << 40, .state_version = 3, .reply_pages = 4};

  const std::vector<std::byte> record = encode(bytes_of("sixteen bytes..."), 3, some_replies(), meta);

  CHECK(ActorRecordView::parse(record).value().meta() == meta);
}

TEST_CASE("a record of version 1 is read, and counts from nothing") {
  // As the first build wrote it: "sixteen bytes...", type 3, no replies.
  const unsigned char written[] = {0x01, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00,
                                   0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
                                   0x90, 0x24, 0x8c, 0x64, 0xab, 0x86, 0x6c, 0xbd, 0x73, 0x69, 0x78, 0x74,
                                   0x65, 0x65, 0x6e, 0x20, 0x62, 0x79, 0x74, 0x65, 0x73, 0x2e, 0x2e, 0x2e};
  const std::span record(reinterpret_cast<const std::byte*>(written), sizeof written);

  const ActorRecordView view = ActorRecordView::parse(record).value();

  CHECK(text_of({view.state().begin(), view.state().end()}) == "sixteen bytes...");
  CHECK(view.state_type() == 3);
  CHECK(view.reply_count() == 0);
  CHECK(view.meta() == RecordMeta{});
}

TEST_CASE("a record cut off anywhere is refused") {
  const std::vector<std::byte> whole = encode(bytes_of("sixteen bytes..."), 3, some_replies());

  for (std::size_t length = 0; length < whole.size(); ++length)
    if (ActorRecordView::parse(std::span(whole).first(length)).ok()) FAIL(length << " bytes pass for a record");
}

TEST_CASE("reply bytes of any content are walked without reading past them") {
  const unsigned seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  const RememberedReplies replies = some_replies();
  const std::vector<std::byte> whole(replies.encoded().begin(), replies.encoded().end());

  for (int round = 0; round < 20'000; ++round) {
    std::vector<std::byte> bytes(whole.begin(),
                                 whole.begin() + static_cast<std::ptrdiff_t>(random() % (whole.size() + 1)));
    for (unsigned n = random() % 8; n > 0 && !bytes.empty(); --n)
      bytes[random() % bytes.size()] = static_cast<std::byte>(random());
    const std::size_t count = random() % 40;

    const auto parsed = RememberedReplies::parse(bytes, count, 0);

    if (parsed.ok()) CHECK(parsed.value().count() == count);
    std::size_t sum = 0;
    ReplyCursor cursor(bytes);
    while (const auto reply = cursor.next())
      for (const std::byte byte : reply->payload) sum += static_cast<std::size_t>(byte);
    CHECK(sum <= bytes.size() * 255);
  }
}

// Bytes as they come from a peer, cut anywhere or made up: frames, or an error.
#include <doctest/doctest.h>

#include <cstring>

#include "unit/wire/parsed_frames.h"

using namespace troupe;
using namespace troupe::wire;
using namespace troupe::testing;

namespace {

Bytes prelude(std::uint32_t length, std::uint8_t kind, std::uint8_t flags, std::uint16_t header_words) {
  Bytes out(kPreludeBytes);
  std::memcpy(&out[0], &length, 4);
  out[4] = static_cast<char>(kind);
  out[5] = static_cast<char>(flags);
  std::memcpy(&out[6], &header_words, 2);
  return out;
}

Error refusal_of(const Bytes& bytes) {
  FrameParser parser;
  FrameKeeper keeper;
  auto fed = parser.feed(bytes, keeper);
  REQUIRE(!fed);
  CHECK(keeper.frames.empty());
  return fed.error();
}

}  // namespace

TEST_CASE("frames fed byte by byte are the frames fed at once") {
  Bytes bytes;
  append(bytes,
         Hello{.cluster = "shop", .node = "a", .peer = "b", .incarnation = 3, .membership_hash = 4, .window = 5});
  append_call(bytes, *call_to("sku-1", 1, 1000), 1, kNow);
  append_number(bytes, FrameKind::ping, 77);
  append_reason(bytes, FrameKind::goodbye, "enough");
  FrameParser parser;
  FrameKeeper keeper;

  for (char byte : bytes) REQUIRE(parser.feed({&byte, 1}, keeper));

  auto whole = parsed(bytes);
  REQUIRE(keeper.frames.size() == 4);
  REQUIRE(whole.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(keeper.frames[i].kind == whole[i].kind);
    CHECK(keeper.frames[i].payload == whole[i].payload);
    CHECK(keeper.frames[i].header.size() == whole[i].header.size());
  }
  CHECK(read_hello(whole[0].frame()).value().cluster == "shop");
  CHECK(read_number(whole[2].frame()).value() == 77);
  CHECK(read_reason(whole[3].frame()).value() == "enough");
}

TEST_CASE("an oversized frame is refused before memory is taken") {
  FrameParser parser;
  FrameKeeper keeper;
  auto bytes = prelude(0x7fff'fff8, 4, 0, 10);

  auto fed = parser.feed(bytes, keeper);

  REQUIRE(!fed);
  CHECK(fed.error().kind() == ErrorKind::corrupt);
  CHECK(parser.held_bytes() < 100);
}

TEST_CASE("an announced frame takes memory as it comes, not as it is announced") {
  FrameParser parser;
  FrameKeeper keeper;

  REQUIRE(parser.feed(prelude(200 << 10, 4, 0, 10), keeper));

  CHECK(parser.held_bytes() < 100);
}

TEST_CASE("a parser told to be strict refuses what it would else take") {
  Bytes bytes;
  append_call(bytes, *call_to("sku-1", 1, 5000), 1, kNow);
  FrameParser parser(4096);
  FrameKeeper keeper;

  CHECK(!parser.feed(bytes, keeper));
  CHECK(keeper.frames.empty());
}

TEST_CASE("every malformed prelude is refused") {
  CHECK(refusal_of(prelude(12, 4, 0, 1)).message().find("multiple of 8") != std::string::npos);
  CHECK(refusal_of(prelude(8, 0, 0, 1)).message().find("kind 0") != std::string::npos);
  CHECK(refusal_of(prelude(8, 14, 0, 1)).message().find("kind 14") != std::string::npos);
  CHECK(refusal_of(prelude(8, 4, 1, 1)).message().find("flags") != std::string::npos);
  CHECK(refusal_of(prelude(8, 4, 0, 0)).message().find("header of 0") != std::string::npos);
  CHECK(refusal_of(prelude(8, 4, 0, 2)).message().find("header of 2") != std::string::npos);
  CHECK(refusal_of(prelude(100'000, 4, 0, kMaxHeaderWords + 1)).message().find("header of 4097") != std::string::npos);
  auto ping_with_payload = prelude(16, 8, 0, 1);
  ping_with_payload.resize(24);
  CHECK(refusal_of(ping_with_payload).message().find("no payload") != std::string::npos);
}

TEST_CASE(
    "a parser takes the kinds of a link's channels when it is told of them, with a payload or without, and no others") {
  auto bytes = prelude(16, 200, 0, 1);
  bytes.resize(24);
  CHECK(refusal_of(bytes).message().find("kind 200") != std::string::npos);
  FrameParser parser;
  FrameKeeper keeper;

  parser.also_takes(std::vector{FrameKind{200}, FrameKind{255}});

  REQUIRE(parser.feed(bytes, keeper));
  REQUIRE(keeper.frames.size() == 1);
  CHECK(keeper.frames[0].kind == FrameKind{200});
  CHECK(keeper.frames[0].payload.size() == 8);
  auto bare = prelude(8, 255, 0, 1);
  bare.resize(16);
  CHECK(parser.feed(bare, keeper));
  CHECK_FALSE(parser.feed(prelude(8, 201, 0, 1), keeper).ok());
}

TEST_CASE("an HTTP request is no frame") {
  const std::string http = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

  CHECK(refusal_of({http.begin(), http.end()}).kind() == ErrorKind::corrupt);
}

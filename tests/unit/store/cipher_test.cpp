#include "store/encryption/cipher.h"

#include <doctest/doctest.h>

#include <random>
#include <set>

#include "sealing_fixture.h"

using namespace troupe;
using namespace troupe::store;

namespace {

std::vector<std::byte> sealed(Sealer& sealer, std::string_view key, std::string_view value) {
  std::vector<std::byte> bytes = bytes_of(value);
  REQUIRE(sealer.seal(key, bytes));
  return bytes;
}

// Run and nonce: what must never come twice.
std::string nonce_of(const std::vector<std::byte>& value) { return text_of(value).substr(4, 28); }

}  // namespace

TEST_CASE("a sealed value opens under its key, and shows nothing of itself") {
  Sealer sealer(ring(kOne));
  const Opener opener(ring(kOne));
  for (const std::size_t length : {0, 1, 15, 16, 17, 1000, 100'000}) {
    const std::string value(length, 'v');

    const auto bytes = sealed(sealer, "key", value);

    CHECK(bytes.size() == length + kSealBytes);
    CHECK(text_of(bytes).find("vvvvvvvv") == std::string::npos);
    CHECK(text_of(opener.open("key", bytes).value()) == value);
  }
}

TEST_CASE("a value does not open in another's place") {
  Sealer sealer(ring(kOne));
  const Opener opener(ring(kOne));

  const auto moved = opener.open("Account/b", sealed(sealer, "Account/a", "100"));

  REQUIRE_FALSE(moved.ok());
  CHECK(moved.error().kind() == ErrorKind::corrupt);
}

TEST_CASE("a value with any bit turned is refused") {
  Sealer sealer(ring(kOne));
  const Opener opener(ring(kOne + "\n" + kTwo));
  const auto bytes = sealed(sealer, "key", "value");
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    CAPTURE(bit);
    auto damaged = bytes;
    damaged[bit / 8] ^= std::byte{1} << (bit % 8);

    CHECK_FALSE(opener.open("key", damaged).ok());
  }
  for (std::size_t length = 0; length < bytes.size(); ++length)
    CHECK_FALSE(opener.open("key", std::span(bytes).first(length)).ok());
}

TEST_CASE("no run and nonce come twice, across openings and across runs") {
  std::set<std::string> seen;
  for (int opening = 0; opening < 50; ++opening) {
    Sealer sealer(ring(kOne), 7);
    for (int n = 0; n < 20; ++n) CHECK(seen.insert(nonce_of(sealed(sealer, "key", "value"))).second);
  }

  CHECK(seen.size() == 1000);
}

TEST_CASE("runs follow one another under one sealer, and all of them open") {
  Sealer sealer(ring(kOne), 3);
  const Opener opener(ring(kOne));
  std::set<std::string> runs;
  for (int n = 0; n < 10; ++n) {
    const auto bytes = sealed(sealer, "key", std::to_string(n));
    runs.insert(text_of(bytes).substr(4, 16));
    CHECK(text_of(opener.open("key", bytes).value()) == std::to_string(n));
  }

  CHECK(runs.size() == 4);
}

TEST_CASE("the first key writes, the others read, and a key that is missing is named") {
  Sealer old_one(ring(kOne)), new_one(ring(kTwo + "\n" + kOne));
  const auto before = sealed(old_one, "key", "before"), after = sealed(new_one, "key", "after");
  const Opener both(ring(kTwo + "\n" + kOne)), newest(ring(kTwo));

  CHECK(text_of(both.open("key", before).value()) == "before");
  CHECK(text_of(both.open("key", after).value()) == "after");
  CHECK(key_of_sealed(after).value() == 2);
  const auto missing = newest.open("key", before);
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().kind() == ErrorKind::denied);
  CHECK(missing.error().message().find("key 1") != std::string::npos);
}

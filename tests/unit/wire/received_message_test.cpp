// Bytes that came as a Cap'n Proto message, and are taken or not.
#include <doctest/doctest.h>

#include <cstring>
#include <iterator>
#include <string>
#include <vector>

#include "wire/message.h"

using namespace troupe;
using namespace troupe::wire;

namespace {

// One segment: a struct of no data and one pointer.
std::vector<capnp::word> with_pointer(std::uint64_t pointer) {
  const std::uint64_t words[] = {std::uint64_t{2} << 32, std::uint64_t{1} << 48, pointer};
  std::vector<capnp::word> bytes(std::size(words));
  std::memcpy(bytes.data(), words, sizeof words);
  return bytes;
}

std::string refusal(std::uint64_t pointer) {
  const auto opened = ReceivedMessage::open(with_pointer(pointer));
  if (opened.ok()) return "taken";
  CHECK(opened.error().kind() == ErrorKind::invalid);
  return opened.error().message();
}

}  // namespace

TEST_CASE("a message is taken with a pointer that is null, and refused with one that leads out of it or nowhere") {
  constexpr std::uint64_t kOneWordBehind = std::uint64_t{1} << 32, kUnknownKind = 7;

  CHECK(refusal(0) == "taken");
  CHECK(refusal(kOneWordBehind).find("malformed") != std::string::npos);
  CHECK(refusal(kUnknownKind).find("malformed") != std::string::npos);
}

TEST_CASE("a message that holds a capability is refused: whoever copied it would throw") {
  constexpr std::uint64_t kCapability = 3, kFifth = kCapability | std::uint64_t{4} << 32;

  CHECK(refusal(kCapability).find("it holds a capability") != std::string::npos);
  CHECK(refusal(kFifth).find("it holds a capability") != std::string::npos);
}

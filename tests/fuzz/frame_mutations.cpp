// Drives the fuzz entry without libFuzzer: honest traffic, spoiled at random under a seed that is printed when the
// environment changes it (TROUPE_SEED). Runs in every build, under the sanitizers of that build.
#include <doctest/doctest.h>

#include <cstdlib>

#include "troupe/ids.h"
#include "unit/wire/call_fixture.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

using namespace troupe;
using namespace troupe::testing;

namespace {

constexpr int kRounds = 20'000;

struct Dice {
  std::uint64_t state;
  std::uint64_t operator()(std::uint64_t sides) { return mix(++state) % sides; }
};

wire::Bytes honest_traffic(Dice& dice) {
  wire::Bytes out{static_cast<char>(dice(3) ? 0 : dice(256))};
  for (std::uint64_t i = dice(6) + 1; i > 0; --i) {
    auto call = call_to("sku-1", i, dice(300));
    call->ticket = dice(3);
    if (dice(3) == 0)
      call->remote_chain = std::make_unique<std::vector<wire::Hop>>(std::vector<wire::Hop>{{{1, 2}, "A/b"}});
    wire::PayloadBytes payload(call->params);
    const wire::Stream stream{static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(payload.left())};
    const wire::Offer offer{static_cast<std::uint16_t>(dice(6)), static_cast<std::uint16_t>(dice(9)), mix(dice(9))};
    switch (dice(9)) {
      case 0: append_call(out, *call, i, TimePoint{}); break;
      case 1: append_reply(out, *call); break;
      case 2:
        append_call(out, *call, i, TimePoint{}, stream);
        while (payload.left()) append_chunk(out, stream.number, payload, 64);
        break;
      case 3: append_reply(out, *call, stream); break;
      case 4:
        if (dice(2))
          append_number(out, dice(2) ? wire::FrameKind::credit : wire::FrameKind::cancel, dice(1000));
        else
          append(out, dice(2) ? wire::FrameKind::ping : wire::FrameKind::pong,
                 wire::Beat{dice(1000), ~std::uint64_t{0} >> dice(64)});
        break;
      case 5: append_reason(out, dice(2) ? wire::FrameKind::goodbye : wire::FrameKind::refuse, "why"); break;
      case 6:
        append(out,
               wire::Challenge{.node = "b", .window = limits::kMaxFrameBytes, .has_secret = true, .protocol = offer});
        break;
      case 7: append_proof(out, dice(2) ? wire::FrameKind::proof : wire::FrameKind::welcome, {}); break;
      default:
        append(out, wire::Hello{.cluster = "c",
                                .node = "a",
                                .peer = "b",
                                .window = limits::kMaxFrameBytes,
                                .has_secret = true,
                                .protocol = offer});
    }
  }
  return out;
}

void spoil(wire::Bytes& bytes, Dice& dice) {
  for (std::uint64_t n = dice(8); n > 0; --n) {
    const std::size_t at = 1 + dice(bytes.size() - 1);
    switch (dice(4)) {
      case 0: bytes[at] = static_cast<char>(dice(256)); break;
      case 1: bytes[at] = static_cast<char>(bytes[at] ^ (1 << dice(8))); break;
      case 2: bytes.resize(at + 1); break;
      default: bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at), dice(16), static_cast<char>(dice(256)));
    }
    if (bytes.size() < 2) return;
  }
}

}  // namespace

TEST_CASE("spoiled frames are refused or read, and never more than that") {
  const char* given = std::getenv("TROUPE_SEED");
  const std::uint64_t seed = given ? std::strtoull(given, nullptr, 10) : 1;
  INFO("TROUPE_SEED=" << seed);
  Dice dice{seed << 32};

  for (int i = 0; i < kRounds; ++i) {
    auto bytes = honest_traffic(dice);
    spoil(bytes, dice);
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  }

  CHECK(true);  // it came to its end
}

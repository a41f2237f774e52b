// How payments behave, so that one can see what the shop does when they do not go well. Pure.
#pragma once

#include <fmt/format.h>
#include <troupe/error.h>

#include <chrono>
#include <cstdint>
#include <string_view>

#include "payments.capnp.h"

namespace demo {

// Below the time that a charge may take.
inline constexpr std::uint32_t kLongestPaymentDelayMs = 20'000;

struct Behaviour {
  std::uint32_t refuse_percent = 0;
  std::chrono::milliseconds delay{0};

  // The same orders however often they are tried: by FNV-1a of the id.
  [[nodiscard]] bool refuses(std::string_view order) const {
    std::uint64_t hash = 0xcbf29ce484222325u;
    for (const char c : order) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    return (hash >> 32) % 100 < refuse_percent;
  }
};

[[nodiscard]] inline Behaviour behaviour_of(shop::PaymentBehaviour::Reader told) {
  return {told.getRefusePercent(), std::chrono::milliseconds(told.getDelayMs())};
}

inline void set(shop::PaymentBehaviour::Builder out, std::uint32_t refuse_percent, std::uint32_t delay_ms) {
  if (refuse_percent > 100 || delay_ms > kLongestPaymentDelayMs)
    throw troupe::Refusal("bad_behaviour",
                          fmt::format("at most 100 % are refused, and a charge takes at most {} ms; not "
                                      "{} % and {} ms",
                                      kLongestPaymentDelayMs, refuse_percent, delay_ms));
  out.setRefusePercent(refuse_percent);
  out.setDelayMs(delay_ms);
}

}  // namespace demo

// Asks until there is an answer. Every call of the shop may be asked again: its subject (an order, a delivery, a
// reference) is the caller's choice, and asking twice is asking once.
#pragma once

#include <troupe/duration.h>
#include <troupe/error.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <thread>

namespace demo {

// How long a shopper stands in front of a shop that does not answer.
struct Patience {
  std::chrono::milliseconds per_call{10'000};
  std::chrono::milliseconds total{60'000};
  std::chrono::milliseconds pause{100};
  std::atomic<std::uint64_t>* repeats = nullptr;  // counts the times something was asked again
  // Told why, each time, on the caller's thread; null: nobody is.
  const std::function<void(const troupe::Error&)>* on_repeat = nullptr;
};

// Whether the same call may be answered later. A refusal is an answer.
[[nodiscard]] inline bool worth_asking_again(troupe::ErrorKind kind) {
  using troupe::ErrorKind;
  return kind == ErrorKind::unavailable || kind == ErrorKind::overloaded || kind == ErrorKind::deadline ||
         kind == ErrorKind::unknown_outcome || kind == ErrorKind::failed;
}

// `make_call` makes the call, anew each time. Outside actors. Throws the last Error when it is an answer, or when
// patience ends.
template <class MakeCall>
auto insist(MakeCall make_call, const Patience& patience = {}) {
  const auto end = troupe::later(std::chrono::steady_clock::now(), patience.total);
  for (;;) {
    auto pause = patience.pause;
    try {
      return make_call().get(patience.per_call);
    } catch (const troupe::Error& e) {
      pause = std::max(pause, e.retry_after());  // an overloaded shop says when to come again
      if (!worth_asking_again(e.kind()) || troupe::later(std::chrono::steady_clock::now(), pause) >= end) throw;
      if (patience.on_repeat) (*patience.on_repeat)(e);
    }
    if (patience.repeats) ++*patience.repeats;
    std::this_thread::sleep_for(pause);
  }
}

}  // namespace demo

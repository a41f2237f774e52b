// Private to the activation's own files: what exists while an actor is active, and what few ever need.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actor/activation.h"
#include "actor/durable_state.h"
#include "actor/erasure.h"
#include "actor/timers.h"

namespace troupe::actor {

struct Activation::ActiveParts {
  explicit ActiveParts(wire::AddressPtr self_in) : self(std::move(self_in)) {}

  wire::AddressPtr self;         // an active actor keeps its address interned
  std::unique_ptr<Actor> actor;  // null after a crash, until the next turn
  DurableState durable;
};

// What the activation asked to be woken for.
inline constexpr std::uint64_t kDeadlineToken = 0;
inline constexpr std::uint64_t kRecoverToken = 1;
inline constexpr std::uint64_t kTimersToken = 2;

struct Activation::OptionalParts {
  explicit OptionalParts(wire::Address& self) noexcept : watches(self) {}

  Timers timers;
  Watches watches;
  std::vector<wire::AddressPtr> children;
  std::string last_crash;
  std::unique_ptr<Erasure> erasure;  // while the phase is `erasing`
  TimePoint recover_at{};            // while it backs off or is quarantined
  std::string quarantined;           // what callers are told meanwhile

  Ptr<Counted> leaving;    // let go of when it has stopped for its supervisor
  Ptr<Counted> departing;  // let go of when it has left with its partition
  std::string down_why;
  struct Ending {
    std::uint64_t turn;  // the serial of the one that asked for it
    std::optional<std::string> cause;
  };
  std::optional<Ending> ending;
};

}  // namespace troupe::actor

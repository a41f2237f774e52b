// Private to the activation's own files: what exists while an actor is active, and what few ever need.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actor/activation.h"
#include "actor/durable_state.h"
#include "actor/erasure.h"
#include "actor/registry.h"
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

// The actors that this one has made: they stop when it goes.
class Children {
 public:
  void add(wire::AddressPtr child) { all_.push_back(std::move(child)); }
  [[nodiscard]] bool empty() const noexcept { return all_.empty(); }
  [[nodiscard]] const std::vector<wire::AddressPtr>& all() const noexcept { return all_; }
  void stop(Registry& registry) noexcept {
    for (auto& child : all_)
      registry.stop(*child, Error(ErrorKind::unavailable, child->text() + " stopped with its parent"));
    all_.clear();
  }

 private:
  std::vector<wire::AddressPtr> all_;
};

// That the actor ends by its own will, as soon as the turn that asked for it has committed.
class Ending {
 public:
  void ask(std::uint64_t turn, std::optional<std::string> cause) { asked_ = {turn, std::move(cause)}; }
  [[nodiscard]] bool asked_by(std::uint64_t turn) const noexcept { return asked_ && asked_->turn == turn; }
  // That turn has kept nothing.
  void forget(std::uint64_t turn) noexcept {
    if (asked_by(turn)) asked_.reset();
  }
  void forget() noexcept { asked_.reset(); }
  // The actor cannot end yet: as if what comes after no turn had asked for it.
  void put_off() noexcept { asked_->turn = 0; }
  // Why it ends, as if it had crashed; nothing: it has just ended. Only if it was asked for.
  [[nodiscard]] std::optional<std::string> take() { return std::exchange(asked_, std::nullopt)->cause; }

 private:
  struct Asked {
    std::uint64_t turn;  // its serial
    std::optional<std::string> cause;
  };
  std::optional<Asked> asked_;
};

// While the actor backs off or is quarantined.
struct Pause {
  TimePoint until{};
  std::string quarantined;  // what callers are told meanwhile
};

// What a supervision tree has told the actor.
struct TreeOrders {
  Ptr<Counted> leaving;  // let go of when it has stood down
  std::string down_why;  // why it does not run, and will not
};

struct Activation::OptionalParts {
  explicit OptionalParts(wire::Address& self) noexcept : watches(self) {}

  Timers timers;
  Watches watches;
  Children children;
  Ending ending;
  Pause pause;
  TreeOrders orders;
  std::string last_crash;
  std::unique_ptr<Erasure> erasure;  // while the phase is `erasing`
  Ptr<Counted> departing;            // let go of when it has left with its partition
};

}  // namespace troupe::actor

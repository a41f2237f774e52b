// Which turn runs on this thread. Set around every resumption of a handler, and nowhere else.
#pragma once

namespace troupe::actor {

class Activation;
class Turn;

struct Current {
  Activation* activation = nullptr;
  Turn* turn = nullptr;  // null while an actor is made, activated or passivated
};

[[nodiscard]] Current& current() noexcept;

// Whose blocking() work runs on this thread, if its turn lets no other run meanwhile; or null.
[[nodiscard]] const Activation*& held_by_blocking() noexcept;

// Runs a scope as part of a turn.
class CurrentTurnScope {
 public:
  CurrentTurnScope(Activation* activation, Turn* turn) noexcept : before_(current()) { current() = {activation, turn}; }
  ~CurrentTurnScope() { current() = before_; }
  CurrentTurnScope(const CurrentTurnScope&) = delete;
  CurrentTurnScope& operator=(const CurrentTurnScope&) = delete;

 private:
  Current before_;
};

}  // namespace troupe::actor

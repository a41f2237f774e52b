// Where a test crashes actors: as their turns begin and end, and at points that their own code names. It changes what
// happens, so it is no observer (base/observer.h), which is told of begin and end by itself.
#pragma once

#include <cstdint>
#include <string_view>

namespace troupe::wire {
class Address;
}

namespace troupe::actor {

enum class TurnMoment : std::uint8_t {
  begins,  // nothing of it has run
  ends,    // it has come to its end, and is about to be committed
  point,   // troupe::testing::point()
};

class TurnFaults {
 public:
  // What it throws is thrown by the turn. `point`: its name; empty for the other moments. On the actor's worker thread.
  virtual void reached(TurnMoment moment, std::string_view point, const wire::Address& actor) = 0;

 protected:
  ~TurnFaults() = default;
};

}  // namespace troupe::actor

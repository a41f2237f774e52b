// What a test does to calls and messages on their way: at the router of the node that sends them. It takes them over,
// so it is no observer (base/observer.h).
#pragma once

#include "wire/envelope.h"

namespace troupe::cluster {

class Router;

class MessageFaults {
 public:
  // True: it has taken the call over, and will give it to carry() or lose() of that router. Any thread.
  [[nodiscard]] virtual bool take(Router& router, wire::EnvelopePtr& call) noexcept = 0;

 protected:
  ~MessageFaults() = default;
};

}  // namespace troupe::cluster

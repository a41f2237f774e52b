#include "troupe/testing/point.h"

#include "actor/activation.h"
#include "actor/current.h"
#include "actor/turn_faults.h"

namespace troupe::testing {

void point(std::string_view name) {
  auto* activation = actor::current().activation;
  if (!activation) return;
  if (auto* faults = activation->context().faults)
    faults->reached(actor::TurnMoment::point, name, activation->address());
}

}  // namespace troupe::testing

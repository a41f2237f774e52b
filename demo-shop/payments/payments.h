// How payments behave in the whole shop. One actor, with the key "main".
#pragma once

#include "payments.capnp.troupe.h"

namespace demo {

class Payments final : public shop::PaymentsActor {
 private:
  troupe::Task<> behaviour(BehaviourParams::Reader in, BehaviourResults::Builder out) override;
  troupe::Task<> behave(BehaveParams::Reader in, BehaveResults::Builder out) override;
};

}  // namespace demo

#include "payments/payments.h"

#include "payments/behaviour.h"

namespace demo {

troupe::Task<> Payments::behaviour(BehaviourParams::Reader, BehaviourResults::Builder out) {
  const auto now = state().getBehaviour();
  out.setRefusePercent(now.getRefusePercent());
  out.setDelayMs(now.getDelayMs());
  co_return;
}

troupe::Task<> Payments::behave(BehaveParams::Reader in, BehaveResults::Builder) {
  set(edit().initBehaviour(), in.getRefusePercent(), in.getDelayMs());
  co_return;
}

}  // namespace demo

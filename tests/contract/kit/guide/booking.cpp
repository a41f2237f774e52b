#include "booking.h"

#include <troupe/testing/point.h>

#include <chrono>

#include "booking.capnp.troupe.h"

namespace guide {
namespace {

using namespace std::chrono_literals;

class SeatRole final : public SeatActor {
  troupe::Task<> hold(HoldParams::Reader in, HoldResults::Builder) override {
    if (state().hasHeldBy()) throw troupe::Refusal("taken", "the seat is held or sold");
    edit().setHeldBy(in.getGuest());
    remind_in("expire", 15min);
    co_return;
  }
  troupe::Task<> pay(PayParams::Reader in, PayResults::Builder) override {
    if (!state().hasHeldBy()) throw troupe::Refusal("not_held", "hold the seat first");
    co_await ref<Till>("main").charge([&](auto p) { p.setCents(in.getCents()); });
    troupe::testing::point("after-charge");
    edit().setSold(true);
    cancel_reminder("expire");
  }
  troupe::Task<> on_reminder(std::string_view) override {
    edit().disownHeldBy();
    co_return;
  }
};

class TillRole final : public TillActor {
  troupe::Task<> charge(ChargeParams::Reader in, ChargeResults::Builder out) override {
    edit().setCents(state().getCents() + in.getCents());
    out.setCents(state().getCents());
    co_return;
  }
};

}  // namespace

void host_services(troupe::Node& node) {
  node.host<SeatRole>();
  node.host<TillRole>();
}

}  // namespace guide

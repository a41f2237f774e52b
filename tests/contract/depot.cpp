#include "contract/depot.h"

#include <vector>

#include "contract/cast.h"
#include "depot.capnp.troupe.h"

namespace troupe::contract {
namespace {

class DepotRole final : public DepotActor {
  Task<> take(TakeParams::Reader in, TakeResults::Builder) override {
    if (key() == "closed") throw Refusal("closed", "this depot takes nothing");
    write_down(static_cast<std::uint32_t>(in.getContent().size()));
    co_return;
  }
  Task<> taken(TakenParams::Reader, TakenResults::Builder out) override {
    out.setLengths(state().getTaken());
    co_return;
  }
  Task<> send(SendParams::Reader in, SendResults::Builder) override {
    for (const auto length : in.getLengths())
      ref<Depot>(text(in.getTo())).send_take([&](auto p) { p.initContent(length); });
    co_return;
  }
  Task<> hand(HandParams::Reader in, HandResults::Builder out) override {
    out.initContent(in.getLength());
    co_return;
  }
  Task<> handOut(HandOutParams::Reader in, HandOutResults::Builder out) override {
    write_down(in.getLength());
    out.initContent(in.getLength());
    co_return;
  }
  Task<> store(StoreParams::Reader in, StoreResults::Builder) override {
    edit().initStock(in.getLength());
    co_return;
  }

  void write_down(std::uint32_t length) {
    std::vector<std::uint32_t> all;
    for (const auto one : state().getTaken()) all.push_back(one);
    all.push_back(length);
    auto taken = edit().initTaken(static_cast<unsigned>(all.size()));
    for (unsigned i = 0; i < all.size(); ++i) taken.set(i, all[i]);
  }
};

}  // namespace

void host_depots(Node& node) { node.host<DepotRole>(); }

}  // namespace troupe::contract

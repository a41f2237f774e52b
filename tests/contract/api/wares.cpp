#include "wares.h"

#include "troupe/actor.h"

namespace troupe::wares {
namespace {

class WareRole final : public WareActor {
  Task<> view(ViewParams::Reader, ViewResults::Builder out) override {
    if (state().getName().size() == 0) throw Error(ErrorKind::not_found, "there is no ware " + std::string(key()));
    out.setName(state().getName());
    out.setPrice(state().getPrice());
    co_return;
  }
  Task<> put(PutParams::Reader in, PutResults::Builder) override {
    edit().setName(in.getName());
    edit().setPrice(in.getPrice());
    co_return;
  }
};

class WareFirstRole final : public WareFirstActor {
  Task<> view(ViewParams::Reader in, ViewResults::Builder out) override {
    const auto ware = co_await ref<Ware>(std::string(in.getSku())).view();
    out.setName(ware->getName());
    out.setPrice(static_cast<std::uint32_t>(ware->getPrice().getCents() / 100));
  }
};

}  // namespace

void host_wares(Node& node) {
  node.host<WareRole>();
  node.host<WareFirstRole>();
}

}  // namespace troupe::wares
